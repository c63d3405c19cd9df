package dvdquant.app.generate;

import dvdquant.app.options.FilePairs;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.text.Manifest;
import dvdquant.app.text.ProgressPrinter;
import dvdquant.core.io.StagedPath;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.video.VideoTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Saved latents → clip. */
@Command(name = "decode", description = "Decode saved latents to a clip.")
public final class DecodeCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private ClipOptions clip;

    @Parameters(index = "1", paramLabel = "LATENTS", description = "Latents of --save-latents (safetensors, F32 'latents').")
    private Path latents;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        VideoTarget target = VideoTarget.parse(clip.output);
        var files = new FilePairs().reads("LATENTS", latents);
        clip.addTo(files, target);
        files.requireApart();
        files.noteLeftovers(spec.commandLine().getErr());
        try (var device = model.openDevice();
                var pipeline = model.openDecoder(device);
                var progress = new ProgressPrinter(spec.commandLine().getErr(), clip.quiet)) {
            Latents values = Latents.read(latents);
            ClipSize size = pipeline.clipSize(values.shape());
            int rate = clip.fps(pipeline);
            target.check(size.width(), size.height());
            target.checkFps(rate);
            ClipWriter.check(target);
            MemoryPlan plan = pipeline.decodePlan(values.shape());
            progress.say(latents + ": " + size + ", " + pipeline.device().describe());
            plan.lines().forEach(line -> progress.say("  memory: " + line));
            plan.requireFits();
            Manifest manifest = new Manifest().put("model", model.folder().toString())
                    .put("latents", latents.toString())
                    .put("device", pipeline.device().describe())
                    .putArguments(spec.commandLine().getParseResult().originalArgs());
            try (var _ = StagedPath.claim(Manifest.beside(target.path())); var memory = new StageMemory()) {
                memory.begin("decode");
                new ClipWriter(pipeline, model.folder(), progress).decode(values, target, rate, manifest, false);
                memory.text().ifPresent(progress::say);
            }
        }
        return 0;
    }
}
