package dvdquant.app.cli;

import dvdquant.app.cli.Generation.Job;
import dvdquant.app.video.VideoTarget;
import dvdquant.core.InputException;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** The shipped model, with everything filled in. */
@Command(name = "demo", description = "Generate a clip from the small model that ships with dvdquant.")
public final class DemoCommand implements Callable<Integer> {
    private static final String PROMPT = "a large red circle moves right on a plain navy background";
    private static final long SEED = 42;

    @Option(names = {"-p",
            "--prompt"}, paramLabel = "TEXT", defaultValue = PROMPT, description = "What the clip shows (default: \""
                    + PROMPT + "\"); demo/tiny-wan/README.md has the model's words.")
    private String prompt;

    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", defaultValue = "out/demo", description = "Where to write (default: out/demo).")
    private Path output;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path model = Path.of(System.getProperty("dvdquant.home", ".")).resolve("demo/tiny-wan");
        if (!Files.isDirectory(model)) {
            throw new InputException(
                    model + ": no such folder, expected the demo model: run the dvdquant script of a checkout");
        }
        var out = spec.commandLine().getOut();
        out.println("\"" + prompt + "\"");
        Path clip = output.resolve("full-precision.mp4");
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults());
                var progress = new ProgressPrinter(spec.commandLine().getErr(), false)) {
            var job = new Job(pipeline.request(prompt).withSeed(SEED), VideoTarget.parse(clip.toString()), null);
            new Generation(pipeline, model, pipeline.defaults().fps(),
                    spec.commandLine().getParseResult().originalArgs(),
                    progress).run(List.of(job));
        }
        out.println("the clip is in " + clip);
        return 0;
    }
}
