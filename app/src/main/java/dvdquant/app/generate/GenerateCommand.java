package dvdquant.app.generate;

import dvdquant.app.generate.Generation.Job;
import dvdquant.app.options.AccelerationOptions;
import dvdquant.app.options.FilePairs;
import dvdquant.app.options.Flags;
import dvdquant.app.options.ImageOptions;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.options.RequestOptions;
import dvdquant.app.text.ProgressPrinter;
import dvdquant.app.text.Version;
import dvdquant.core.InputException;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.PromptCache;
import dvdquant.models.prompts.TextEncoding;
import dvdquant.tensor.ComputeDevice;
import dvdquant.video.VideoTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** Prompt → clip. */
@Command(name = "generate", description = "Generate a clip from a prompt, or one from each line of a file.")
public final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private ClipOptions clip;

    @Mixin
    private RequestOptions options;

    @Mixin
    private AccelerationOptions acceleration;

    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "What the clip shows.")
    private String prompt;

    @Option(names = "--prompts", paramLabel = "FILE", description = "UTF-8, a prompt a line; -o DIR/ then gives DIR/000.mp4 and so on, all from the same seed.")
    private Path prompts;

    @Option(names = "--save-latents", paramLabel = "FILE", description = "Keep the sampled latents (safetensors); with --prompts a folder.")
    private Path saveLatents;

    @Option(names = "--prompt-cache", paramLabel = "DIR", description = "Keep encoded prompts in this folder, and take those from it that the same files, settings and program made before.")
    private Path promptCache;

    @Option(names = "--text-encoder-bits", paramLabel = "8", description = "Quantize the language model that encodes prompts to 8-bit weights and activations while it is loaded (default: the compute type).")
    private Integer textEncoderBits;

    @Option(names = "--guard", description = "Look for NaN and Inf in what each layer reads and gives, and stop at the first with its name; slower.")
    private boolean guard;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Flags.requireOne("--prompt (-p)", prompt, "--prompts", prompts);
        List<GivenPrompt> given = options.images().read(prompt, prompts);
        List<Output> outputs = outputs(given.size());
        requireApart(given, outputs);
        TextEncoding text = textEncoding();
        try (ComputeDevice device = model.openDevice();
                VideoPipeline pipeline = model.open(device, guard, text);
                var progress = new ProgressPrinter(spec.commandLine().getErr(), clip.quiet)) {
            int rate = clip.fps(pipeline);
            List<Job> jobs = jobs(given, outputs, pipeline);
            options.note(jobs.getFirst().request()).ifPresent(progress::onWarning);
            acceleration.note(pipeline).ifPresent(progress::say);
            noteEarlier(jobs.size(), progress);
            new Generation(pipeline, model.folder(), rate, spec.commandLine().getParseResult().originalArgs(), progress)
                    .run(jobs);
        }
        return 0;
    }

    private TextEncoding textEncoding() {
        if (textEncoderBits != null && textEncoderBits != Byte.SIZE) {
            throw new InputException("--text-encoder-bits " + textEncoderBits + ": expected 8");
        }
        var cache = Optional.ofNullable(promptCache).map(dir -> new PromptCache(dir, Version.CURRENT.program()));
        return new TextEncoding(textEncoderBits != null, cache);
    }

    /** A warning: who looks into the folder afterwards would take them for this run's. */
    private void noteEarlier(int clips, ProgressPrinter progress) {
        if (prompts == null) return;
        EarlierFiles.note(Path.of(clip.output), clips).ifPresent(progress::announce);
        if (saveLatents != null) EarlierFiles.note(saveLatents, clips).ifPresent(progress::announce);
    }

    /** @param latents null: they are not asked for */
    private record Output(VideoTarget clip, Path latents) {}

    private List<Output> outputs(int count) {
        if (prompt != null) return List.of(new Output(VideoTarget.parse(clip.output), saveLatents));
        if (!clip.output.endsWith("/")) {
            throw new InputException(
                    "-o " + clip.output + ": expected a folder, with a final /, for the clips of --prompts");
        }
        return IntStream.range(0, count).mapToObj(i -> {
            String number = EarlierFiles.number(i);
            Path latents = saveLatents == null ? null : saveLatents.resolve(number + ".safetensors");
            return new Output(VideoTarget.parse(clip.output + number + ".mp4"), latents);
        }).toList();
    }

    private void requireApart(List<GivenPrompt> given, List<Output> outputs) {
        var files = new FilePairs().reads("--prompts", prompts).reads("--init-latents",
                options.initialLatents().orElse(null));
        ImageOptions.addTo(files, given);
        for (Output output : outputs) {
            clip.addTo(files, output.clip);
            files.writes("--save-latents", output.latents);
        }
        files.requireApart();
        FilePairs.requireOutside("--save-latents", saveLatents, model.folder());
        FilePairs.requireOutside("--prompt-cache", promptCache, model.folder());
        files.noteLeftovers(spec.commandLine().getErr());
    }

    private List<Job> jobs(List<GivenPrompt> given, List<Output> outputs, VideoPipeline pipeline) {
        Acceleration by = acceleration.toAcceleration(pipeline);
        var jobs = new ArrayList<Job>();
        for (int i = 0; i < outputs.size(); i++) {
            GivenPrompt of = given.get(i);
            jobs.add(new Job(options.toRequest(pipeline, of).with(by), of.images(), outputs.get(i).clip,
                    outputs.get(i).latents));
        }
        return jobs;
    }
}
