package dvdquant.app.bench;

import dvdquant.app.options.ModelOptions;
import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.measure.StepBenchmark;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Files;
import java.nio.file.Path;

/** A model to time, and how often. */
public final class BenchModelOptions {
    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout, such as make-checkpoint writes.")
    public Path folder;

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "Compute type (default: bf16).")
    private ModelOptions.Dtype dtype;

    @Option(names = "--warm-ups", paramLabel = "N", defaultValue = "1", description = "Runs that do not count (default: 1).")
    private int warmUps;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", description = "Runs that count (default: 3).")
    private int runs;

    public ElementType type() {
        return dtype.type;
    }

    public StepBenchmark.Runs runs() {
        if (runs < 1) throw new InputException("--runs " + runs + ", expected 1 or more");
        if (warmUps < 0) throw new InputException("--warm-ups " + warmUps + ", expected 0 or more");
        return new StepBenchmark.Runs(warmUps, runs);
    }

    public Path component(String name) {
        return component(folder, name);
    }

    /**
     * The folder of a model's component.
     *
     * @throws InputException if it is not there
     */
    public static Path component(Path model, String name) {
        Path component = model.resolve(name);
        if (!Files.isDirectory(component)) {
            throw new InputException(component + ": no such folder, expected a model in the diffusers layout");
        }
        return component;
    }
}
