package dvdquant.app.inspect;

import dvdquant.app.options.FilePairs;
import dvdquant.app.options.Flags;
import dvdquant.app.options.ImageOptions;
import dvdquant.app.options.RotationOptions;
import dvdquant.app.options.ThreadOptions;
import dvdquant.app.options.TorchSeed;
import dvdquant.core.InputException;
import dvdquant.core.quantize.Method;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.survey.ActivationSurvey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;

/** What layers read while a model samples. */
@Command(name = "activations", description = "Sample with a model in full precision, and draw the maxima of the channels that its layers read, how far the tokens are apart, and how much its output changes from step to step.")
public final class InspectActivationsCommand implements Callable<Integer> {
    private static final int USUAL_BITS = 4;

    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder.")
    private Path path;

    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "What to sample.")
    private String prompt;

    @Option(names = "--prompts", paramLabel = "FILE", description = "UTF-8, a prompt a line, to sample.")
    private Path prompts;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps (default: the model's).")
    private Integer steps;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", converter = TorchSeed.class, description = "Seed of the noise (default: 0).")
    private long seed;

    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", required = true, description = "A new folder for activations.html and activations.json.")
    private Path output;

    @Option(names = "--layers", description = "List every layer, instead of the most extreme ones.")
    private boolean layers;

    @Mixin
    private ImageOptions images;

    @Mixin
    private RotationOptions rotation;

    @Mixin
    private ThreadOptions threads;

    @Option(names = {"-q", "--quiet"}, description = "Print no progress.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Flags.requireOne("--prompt (-p)", prompt, "--prompts", prompts);
        new FilePairs().writes("-o", output).noteLeftovers(spec.commandLine().getErr());
        List<Prompt> given = images.read(prompt, prompts).stream().map(GivenPrompt::prompt).toList();
        var request = new ActivationSurvey.Request(path, given, steps(), seed, threads.given(),
                rotation.or(Method.DVD_QUANT.recipe(USUAL_BITS).weights().rotation()));
        var inspection = new ActivationInspection(request, output, spec.root().commandLine().getParseResult()
                .originalArgs());
        inspection.print(inspection.run(spec.commandLine().getErr(), quiet), layers, spec.commandLine().getOut());
        return 0;
    }

    private OptionalInt steps() {
        if (steps == null) return OptionalInt.empty();
        if (steps < 1) throw new InputException("--steps " + steps + ", expected 1 or more");
        return OptionalInt.of(steps);
    }
}
