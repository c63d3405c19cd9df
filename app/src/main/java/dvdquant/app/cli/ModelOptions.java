package dvdquant.app.cli;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;

/** Which model, and how to run it. */
final class ModelOptions {
    /** What {@code --dtype} takes. */
    enum Dtype {
        F32(ElementType.F32),
        BF16(ElementType.BF16);

        final ElementType type;

        Dtype(ElementType type) {
            this.type = type;
        }
    }

    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout.")
    Path folder;

    @Option(names = "--dtype", paramLabel = "f32|bf16", description = "Compute type (default: f32 up to a billion weights, else bf16). The VAE always computes in f32.")
    Dtype dtype;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    Integer threads;

    @Option(names = "--device", paramLabel = "cpu", defaultValue = "cpu", description = "Device to run on (default: cpu).")
    String device;

    VideoPipeline open() {
        return Pipelines.open(folder, loadOptions());
    }

    LoadOptions loadOptions() {
        switch (device) {
            case "cpu" -> {
                // the only one
            }
            case String d when d.equals("cuda") || d.startsWith("cuda:") -> throw new InputException(
                    "--device " + device + ": this build has no CUDA back-end yet, expected cpu");
            default -> throw new InputException("--device " + device + ": unknown, expected cpu");
        }
        ThreadCount.check(threads);
        LoadOptions options = LoadOptions.defaults();
        if (dtype != null) options = options.withDtype(dtype.type);
        if (threads != null) options = options.withThreads(threads);
        return options;
    }
}
