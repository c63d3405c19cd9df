package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Our kernels, each alone, in the shapes of a block.
 *
 * @param hidden [tokens, width]
 */
record SingleKernels(Kernels kernels, RandomLayers random, Tensor hidden, int heads) {
    /** The first tokens of a grid of them, on the device. */
    static Rotary rotary(Rotary grid, long tokens, Device device) {
        return new Rotary(grid.cos().narrow(0, 0, tokens).to(device), grid.sin().narrow(0, 0, tokens).to(device));
    }

    static double attentionFlops(long tokens, long keys, long width) {
        return 4.0 * tokens * keys * width;
    }

    /** Those of any block, behind its own. */
    List<Operation> of(List<Operation> own, long feedForward) {
        Tensor row = gain(hidden.dim(1));
        Tensor wide = random.tensor("wide", 1, random.type(), hidden.dim(0), feedForward);
        var all = new ArrayList<>(own);
        all.add(operation("layer norm", hidden, () -> kernels.layerNorm(hidden, row, row, 1e-6)));
        all.add(operation("GELU", wide, () -> kernels.gelu(wide)));
        all.add(operation("gated residual", hidden, () -> kernels.gatedResidual(hidden, hidden, row)));
        return all;
    }

    Operation attention(String name, Tensor keys) {
        return Operation.scoped(name, hidden.dim(0) + " × " + keys.dim(0) + ", " + heads + " heads",
                attentionFlops(hidden.dim(0), keys.dim(0), hidden.dim(1)),
                () -> kernels.attention(hidden, keys, keys, heads));
    }

    /** @param gains as many as channels are normed together */
    Operation rmsNorm(long gains, Rotary rotary) {
        Tensor gain = gain(gains);
        return operation("RMS norm, rotary", hidden, () -> kernels.rmsNorm(hidden, gain, rotary, 1e-6));
    }

    private Tensor gain(long count) {
        return random.tensor("gain", 1, ElementType.F32, count);
    }

    private static Operation operation(String name, Tensor x, Runnable run) {
        return Operation.scoped(name, x.shape().toString(), 0, run);
    }
}
