package dvdquant.models.nn;

import dvdquant.core.quant.Rotation;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Tensor;

import java.util.HashMap;
import java.util.Map;

/**
 * What one or more linear layers read. Layers that are quantized alike share one quantized form of it, which belongs to the scope
 * in which it is asked for first: an input must not outlive that scope.
 */
public final class LinearInput {
    private final Tensor values;
    private final Compute compute;
    private final Map<Rotation, Int8Rows> quantized = new HashMap<>();

    /** @param values [tokens, in] */
    public LinearInput(Tensor values, Compute compute) {
        this.values = values;
        this.compute = compute;
    }

    /** [tokens, in] */
    public Tensor values() {
        return values;
    }

    public Compute compute() {
        return compute;
    }

    /** The values, rotated and quantized. */
    Int8Rows quantized(Rotation by) {
        return quantized.computeIfAbsent(by, _ -> compute.kernels().quantize(values, by, compute.activations()));
    }
}
