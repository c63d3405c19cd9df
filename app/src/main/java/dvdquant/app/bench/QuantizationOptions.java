package dvdquant.app.bench;

import dvdquant.core.InputException;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quantize.Method;
import dvdquant.measure.WanBlockRun.Quantization;
import picocli.CommandLine.Option;

/** How the random weights of a benchmark are quantized. */
public final class QuantizationOptions {
    @Option(names = "--weights", paramLabel = "2…8", description = "Bits of a weight.")
    public Integer weights;

    @Option(names = "--activations", paramLabel = "4|8", description = "Bits of quantized activations (default: 8).")
    Integer activations;

    /** As {@code quantize} would, with its other flags left alone. */
    public Quantization of(int weightBits) {
        if (weightBits < 2 || weightBits > 8) throw new InputException("--weights " + weightBits + ", expected 2 to 8");
        return new Quantization(Method.DVD_QUANT.recipe(weightBits).weights(), activations());
    }

    ActivationScheme activations() {
        int bits = activations == null ? 8 : activations;
        if (bits != 4 && bits != 8) throw new InputException("--activations " + bits + ", expected 4 or 8");
        return ActivationScheme.ofBits(bits);
    }
}
