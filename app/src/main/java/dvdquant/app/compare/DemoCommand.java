package dvdquant.app.compare;

import dvdquant.app.options.ProgramFolder;
import dvdquant.app.text.Version;
import dvdquant.core.InputException;
import dvdquant.core.quantize.Method;
import dvdquant.evaluate.plan.BitWidth;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Candidates;
import dvdquant.evaluate.plan.PlannedModel;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.summary.Tables;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.LoadOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** A shipped model, with everything filled in. */
@Command(name = "demo", description = "Generate from a small model that ships with dvdquant, in full precision and quantized, and report what was lost.")
public final class DemoCommand implements Callable<Integer> {
    private static final String PROMPT = "a large red circle moves right on a plain navy background";
    private static final long SEED = 42;
    private static final List<Candidate> CANDIDATES = List.of(Candidates.of(Method.DVD_QUANT, new BitWidth(4, 8)),
            Candidates.of(Method.DVD_QUANT, new BitWidth(4, 6)), Candidates.of(Method.DVD_QUANT, new BitWidth(4, 4)),
            Candidates.of(Method.MINMAX, new BitWidth(4, 4)));

    /** The shipped models. */
    private enum Demo {
        WAN("tiny-wan"),
        HUNYUAN("tiny-hunyuan");

        private final String folder;

        Demo(String folder) {
            this.folder = folder;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--model", paramLabel = "wan|hunyuan", defaultValue = "wan", description = "Which: of Wan2.1's architecture or of HunyuanVideo's (default: wan).")
    private Demo demo;

    @Option(names = {"-p",
            "--prompt"}, paramLabel = "TEXT", defaultValue = PROMPT, description = "What the clip shows (default: \""
                    + PROMPT + "\"); demo/tiny-wan/README.md has the models' words.")
    private String prompt;

    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", defaultValue = "out/demo", description = "Where to write the report (default: out/demo).")
    private Path output;

    @Option(names = "--open", description = "Open the report in the browser.")
    private boolean open;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path model = ProgramFolder.resolve("demo").resolve(demo.folder);
        if (!Files.isDirectory(model)) {
            throw new InputException(
                    model + ": no such folder, expected the demo model: run the dvdquant script of a checkout");
        }
        spec.commandLine().getOut().println("\"" + prompt + "\"");
        PlannedModel planned = PlannedModel.open(model, LoadOptions.defaults(), List.of(new GivenPrompt(prompt)),
                (pipeline, given) -> pipeline.request(given.text()));
        var run = new ReportRun(new ReportOptions(output, open), ReportRun.shippedJudge(), false, 1, false, spec);
        run.run(planned.plan(Version.CURRENT.program(), Sample.of(List.of(prompt), 1, SEED), CANDIDATES), List.of(),
                "The demo model, quantized", Tables.NONE, planned.notes());
        return 0;
    }
}
