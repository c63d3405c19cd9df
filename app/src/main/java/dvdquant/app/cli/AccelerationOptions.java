package dvdquant.app.cli;

import dvdquant.core.InputException;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.Activations;
import dvdquant.models.pipeline.VideoPipeline;
import picocli.CommandLine.Option;

/** How a quantized model's activations are kept. */
final class AccelerationOptions {
    @Option(names = "--activations", paramLabel = "4|8", description = "Bits of a quantized model's activations (default: 8; on a CPU 4 is no faster).")
    Integer activations;

    Acceleration toAcceleration(VideoPipeline pipeline) {
        if (activations == null) return Acceleration.defaults();
        if (pipeline.quantization().isEmpty()) {
            throw new InputException("--activations " + activations
                    + ": this model is in full precision, expected a quantized one (dvdquant quantize makes one)");
        }
        if (activations != 4 && activations != 8) {
            throw new InputException("--activations " + activations + ", expected 4 or 8");
        }
        return Acceleration.defaults().withActivations(new Activations.Fixed(activations));
    }
}
