package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.ClipFile;
import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Numbers;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Still;
import dvdquant.evaluate.report.Variant;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The clips of each prompt, in step with each other, and a closer look at two of them. */
final class SceneSection {
    /** What fits under a clip; {@code clips.csv} has the rest. */
    private static final List<Measure> CAPTION = List.of(Measure.LATENTS_DB, Measure.PSNR_DB, Measure.SSIM,
            Measure.LPIPS);

    private final Report report;
    private final Map<String, Look> looks;
    private final Media media;
    private final String reference;

    SceneSection(Report report, Map<String, Look> looks, Media media) {
        this.report = report;
        this.looks = looks;
        this.media = media;
        this.reference = report.reference().map(Variant::label).orElse("");
    }

    void write(Markup out) {
        List<Scene> scenes = report.scenes().stream().filter(Scene::hasFiles).toList();
        if (scenes.isEmpty()) return;
        out.open("section", "id", "clips").element("h2", "Clips");
        if (scenes.size() > 1) picker(out, scenes);
        for (int i = 0; i < scenes.size(); i++) {
            scene(out, scenes.get(i), i);
        }
        out.close().line();
    }

    private static void picker(Markup out, List<Scene> scenes) {
        out.open("div", "class", "picker", "role", "group", "aria-label", "Prompt").element("span", "Prompt");
        for (int i = 0; i < scenes.size(); i++) {
            String prompt = scenes.get(i).prompt();
            out.element("button", Integer.toString(i + 1), "type", "button", "class", "chip", "aria-pressed",
                    Boolean.toString(i == 0), "title", prompt, "aria-label", (i + 1) + ": " + prompt);
        }
        out.close().line();
    }

    private void scene(Markup out, Scene scene, int index) {
        List<ClipResult> clips = scene.clips().stream().filter(clip -> clip.file().isPresent()).toList();
        ClipFile first = clips.getFirst().file().orElseThrow();
        out.open("article", "class", "scene", "data-fps", Integer.toString(first.fps()), "data-frames",
                Integer.toString(first.frames()));
        out.element("h3", scene.prompt(), "class", "prompt");
        out.element("p", "seed " + scene.seed() + " · " + first.frames() + " frames of " + first.width() + " × "
                + first.height() + " at " + first.fps() + " a second", "class", "caption");
        out.open("div", "class", "clips").line();
        scene.stills().forEach(still -> still(out, still));
        for (ClipResult clip : clips) {
            clip(out, clip, index == 0 ? "auto" : "none",
                    "scene-" + (index + 1) + "-" + (looks.get(clip.variant()).variant() + 1));
        }
        out.close().line();
        Controls.transport(out, first.frames());
        closer(out, clips, index);
        out.close().line();
    }

    private void still(Markup out, Still still) {
        String file = still.file().getFileName().toString();
        out.open("figure", "class", "still");
        out.empty("img", "alt", still.label() + ": " + file, "src", media.source(still.image()));
        out.open("figcaption").element("span", still.label(), "class", "name");
        out.element("span", file + ", " + still.image().width() + " × " + still.image().height(), "class", "values");
        out.close().close().line();
    }

    /**
     * @param preload clips of scenes that wait to be picked are not loaded
     * @param name of the clip's file, if it goes beside the page
     */
    private void clip(Markup out, ClipResult clip, String preload, String name) {
        Look look = looks.get(clip.variant());
        ClipFile file = clip.file().orElseThrow();
        out.open("figure", look.attributes("clip"));
        out.open("video", "muted", "", "playsinline", "", "preload", preload, "width", Integer.toString(file.width()),
                "height", Integer.toString(file.height()), "aria-label", clip.variant(), "src",
                media.source(file, name)).close();
        out.open("figcaption").open("span", "class", "name");
        look.swatch(out);
        out.element("span", clip.variant()).close();
        out.open("span", "class", "values");
        if (clip.variant().equals(reference)) out.element("span", "reference");
        for (Measure measure : CAPTION) {
            Double value = clip.values().get(measure);
            if (value != null) out.element("span", measure.label() + " " + Numbers.withUnit(measure.unit(), value));
        }
        out.close();
        if (!clip.remark().isEmpty()) out.element("span", clip.remark(), "class", "values");
        out.close().close().line();
    }

    private void closer(Markup out, List<ClipResult> clips, int index) {
        boolean comparable = clips.stream().anyMatch(clip -> clip.variant().equals(reference)) && clips.size() > 1;
        List<LineChart.Line> lines = clips.stream().map(this::psnr).filter(line -> !line.isEmpty()).toList();
        if (!comparable && lines.isEmpty()) return;
        out.open("div", "class", "closer");
        if (comparable) {
            List<ClipResult> others = clips.stream().filter(clip -> !clip.variant().equals(reference)).toList();
            Controls.comparison(out, others, looks, looks.get(reference).variant());
        }
        if (!lines.isEmpty()) {
            out.open("figure", "class", "frames").element("h4", "PSNR by frame");
            new LineChart("frames-" + index, "PSNR by frame", 1, "frame", "dB", lines).drawWithCursor(out);
            out.element("figcaption", "Against the reference's clip; 100 dB is equal. The line follows the clips.");
            out.close().line();
        }
        out.close().line();
    }

    private LineChart.Line psnr(ClipResult clip) {
        return new LineChart.Line(clip.variant(), looks.get(clip.variant()),
                clip.frames().psnrDb().stream().map(OptionalDouble::of).toList());
    }
}
