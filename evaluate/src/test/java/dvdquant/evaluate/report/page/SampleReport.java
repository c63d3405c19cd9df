package dvdquant.evaluate.report.page;

import dvdquant.core.video.Video;
import dvdquant.evaluate.report.ClipFile;
import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.Fact;
import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.FrameScores;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.LayerError;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.ReportTable;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Schedule;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Step;
import dvdquant.evaluate.report.Traces;
import dvdquant.evaluate.report.Variant;
import dvdquant.video.Clips;
import dvdquant.video.VideoTarget;
import dvdquant.video.VideoWriter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/** A report with made-up numbers and clips, shaped like the demo's. */
final class SampleReport {
    static final String HOSTILE = "<script>document.title = 'taken'</script> a \"red\" circle & 'its' <b>shadow</b>";
    static final int FPS = 8;
    static final int FRAMES = 17;
    private static final int STEPS = 20;
    private static final List<String> KINDS = List.of("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0",
            "attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0", "ffn.net.0.proj", "ffn.net.2");

    /** A variant's made-up quality: 0 is the reference, 1 as bad as it gets. */
    private record Kind(String label, String method, Standing standing, double harm, String bits) {}

    private static final List<Kind> DEMO = List.of(
            new Kind("full precision", "", Standing.REFERENCE, 0, ""),
            new Kind("W4A8 dvd-quant", "dvd-quant", Standing.GENUINE, 0.08, "8".repeat(STEPS)),
            new Kind("W4A4 dvd-quant", "dvd-quant", Standing.GENUINE, 0.35, "88" + "4".repeat(17) + "8"),
            new Kind("W4A4 + δ-GBS", "dvd-quant", Standing.GENUINE, 0.14, "884484.48444.844848888"),
            new Kind("W4A4 minmax", "minmax", Standing.EMULATED, 1, "4".repeat(STEPS)));

    private SampleReport() {}

    /** Two scenes of the same clips, the second with a hostile prompt; the clips go into {@code folder}. */
    static Report write(Path folder) {
        var variants = DEMO.stream().map(SampleReport::variant).toList();
        var files = DEMO.stream().map(kind -> clip(kind, folder)).toList();
        var scenes = List.of(scene("a large red circle moves right on a plain navy background", 42, files),
                scene(HOSTILE, 43, files));
        var heading = new Heading("tiny-wan in four bits",
                "With activations that switch between 4 and 8 bits the clips stay within 0.05 of full precision's "
                        + "accuracy, at 6 bits on average and a quarter of the bytes.",
                List.of(new Fact("Model", "tiny-wan, 9.1 M weights"), new Fact("Steps", "20"),
                        new Fact("Guidance", "5"), new Fact("Seeds", "42, 43"), new Fact("Prompts", "2"),
                        new Fact("Kept in", "f32"), new Fact("Device", "CPU, 2 threads"),
                        new Fact("Date", "2026-01-01")),
                List.of("dvdquant demo --prompt 'a large red circle moves right on a plain navy background' -o out/demo"),
                List.of(new Fact("program", "dvdquant 0.1.0"), new Fact("commit", "0123abc"),
                        new Fact("libtorch", "2.10.0"), new Fact("java", "25")));
        var table = new ReportTable("Rotation and refinement",
                "Latents in dB, W4A4, mean of 16 prompts; each part of the method alone and both.",
                List.of("", "without ARQ", "with ARQ"),
                List.of(List.of("without BGR", "1.1", "6.0"), List.of("with BGR", "4.2", "11.5")));
        return new Report(heading, variants, scenes, List.of(table));
    }

    private static Variant variant(Kind kind) {
        Map<Measure, Figure> figures = new EnumMap<>(Measure.class);
        boolean reference = kind.standing() == Standing.REFERENCE;
        figures.put(Measure.BITS_WEIGHT, new Figure.Exact(reference ? 16 : 4.13));
        figures.put(Measure.BITS_ACTIVATION, new Figure.Exact(reference
                ? 16
                : kind.bits().chars().filter(c -> c != '.').map(c -> c - '0').average().orElseThrow()));
        figures.put(Measure.BITS_MODEL, new Figure.Exact(reference ? 16.25 : 4.38));
        figures.put(Measure.MODEL_BYTES, new Figure.Exact(reference ? 18.2e6 : 4.9e6));
        if (!reference) {
            figures.put(Measure.LATENTS_DB, new Figure.Mean(21 - 19 * kind.harm(), 0.4, 16));
            figures.put(Measure.PSNR_DB, new Figure.Mean(39 - 19 * kind.harm(), 0.7, 16));
            figures.put(Measure.PSNR_WORST_DB, new Figure.Mean(36 - 19 * kind.harm(), 0.9, 16));
            figures.put(Measure.SSIM, new Figure.Mean(0.985 - 0.4 * kind.harm(), 0.004, 16));
            figures.put(Measure.FRECHET, new Figure.Exact(24 + 1400 * kind.harm() * kind.harm()));
        }
        double share = 0.7 - 0.65 * kind.harm() * kind.harm();
        figures.put(Measure.JUDGE_ALL, new Figure.Share(share, share - 0.05, share + 0.05, 96));
        figures.put(Measure.FLICKER, new Figure.Mean(0.021 - 0.01 * kind.harm(), 0.001, 16));
        figures.put(Measure.SECONDS_STEP, new Figure.Mean(reference ? 0.31 : 0.19 + 0.01 * kind.harm(), 0.01, 16));
        figures.put(Measure.PEAK_MEMORY, new Figure.Exact(reference ? 512e6 : 430e6));
        figures.put(Measure.SKIPPED_STEPS, new Figure.Exact(kind.bits().chars().filter(c -> c == '.').count()));
        Traces traces = reference ? Traces.NONE : new Traces(steps(kind), layers(kind));
        return new Variant(kind.label(), kind.method(), "", kind.standing(), figures, traces);
    }

    private static List<Step> steps(Kind kind) {
        var random = new SplittableRandom(kind.label().length());
        var steps = new ArrayList<Step>();
        for (int i = 0; i < STEPS; i++) {
            boolean skipped = kind.bits().charAt(i) == '.';
            double change = 0.02 + 0.3 * Math.exp(-i / 3.0) + 0.01 * random.nextDouble();
            steps.add(new Step(skipped ? 4 : kind.bits().charAt(i) - '0', skipped,
                    i == 0 || skipped ? OptionalDouble.empty() : OptionalDouble.of(change),
                    OptionalDouble.of(44 - 23.0 * i / (STEPS - 1) - 19 * kind.harm() * Math.min(1, (i + 3) / 9.0))));
        }
        return steps;
    }

    private static List<LayerError> layers(Kind kind) {
        var random = new SplittableRandom(kind.label().length());
        var layers = new ArrayList<LayerError>();
        for (String name : KINDS) {
            for (int block = 0; block < 8; block++) {
                layers.add(new LayerError(name, block, 20.6 - 2 * kind.harm() + random.nextGaussian() * 0.25));
            }
        }
        return layers;
    }

    private static ClipFile clip(Kind kind, Path folder) {
        Path path = folder.resolve(kind.label().replaceAll("\\W+", "-") + ".mp4");
        VideoWriter.write(noisy(Clips.moving(128, 128, FRAMES), kind.harm()), FPS, VideoTarget.parse(path.toString()));
        return new ClipFile(path, 128, 128, FRAMES, FPS);
    }

    private static Scene scene(String prompt, long seed, List<ClipFile> files) {
        var clips = new ArrayList<ClipResult>();
        for (int i = 0; i < DEMO.size(); i++) {
            Kind kind = DEMO.get(i);
            boolean reference = kind.standing() == Standing.REFERENCE;
            clips.add(new ClipResult(kind.label(), reference ? Map.of() : values(kind),
                    reference ? FrameScores.NONE : frames(kind), schedule(kind), "", Optional.of(files.get(i))));
        }
        return new Scene(prompt, seed, clips);
    }

    /** As if δ had been 0.25 wherever the bits were low. */
    private static Schedule schedule(Kind kind) {
        if (!kind.label().contains("δ")) return Schedule.NONE;
        String bits = kind.bits().substring(0, STEPS);
        List<OptionalDouble> deltas = bits.chars()
                .mapToObj(c -> c == '4' ? OptionalDouble.of(0.25) : OptionalDouble.empty()).toList();
        return new Schedule(bits.replace('.', '-'), deltas);
    }

    private static Map<Measure, Double> values(Kind kind) {
        return Map.of(Measure.PSNR_DB, 39 - 19 * kind.harm(), Measure.SSIM, 0.985 - 0.4 * kind.harm(),
                Measure.LATENTS_DB, 21 - 19 * kind.harm());
    }

    private static FrameScores frames(Kind kind) {
        var psnr = new ArrayList<Double>();
        var ssim = new ArrayList<Double>();
        for (int t = 0; t < FRAMES; t++) {
            psnr.add(39 - 19 * kind.harm() + 1.5 * Math.sin(t / 2.0 + kind.harm()));
            ssim.add(0.985 - 0.4 * kind.harm());
        }
        return new FrameScores(psnr, ssim);
    }

    private static Video noisy(Video video, double harm) {
        var random = new SplittableRandom(5);
        var frames = new ArrayList<byte[]>();
        for (byte[] frame : video.frames()) {
            var changed = new byte[frame.length];
            for (int i = 0; i < frame.length; i++) {
                double value = (frame[i] & 255) * (1 - 0.3 * harm) + 70 * harm * random.nextGaussian();
                changed[i] = (byte) Math.round(Math.clamp(value, 0, 255));
            }
            frames.add(changed);
        }
        return new Video(video.width(), video.height(), frames);
    }
}
