package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one or more linear layers read. Layers that are quantized alike share one quantized form of it, which belongs to the scope
 * in which it is asked for first: an input must not outlive that scope.
 */
public final class LinearInput {
    private final Tensor values;
    private final Compute compute;
    private final Map<Smoothing, Tensor> smoothed = new HashMap<>();
    private final Map<InputBasis, Int8Rows> quantized = new HashMap<>();
    private final Map<InputBasis, Tensor> emulated = new HashMap<>();

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

    /** The values, smoothed if there is a smoothing: [tokens, in], then in F32. */
    Tensor smoothed(Optional<Smoothing> by) {
        return by.map(smoothing -> smoothed.computeIfAbsent(smoothing, s -> s.apply(values))).orElse(values);
    }

    /** The values, smoothed, rotated and quantized. */
    Int8Rows quantized(InputBasis by) {
        return quantized.computeIfAbsent(by, _ -> compute.kernels().quantize(smoothed(by.smoothing()), by.rotation(),
                compute.activations()));
    }

    /** What the quantized values stand for, [tokens, in], of the type of the values. */
    Tensor emulated(InputBasis by) {
        ElementType type = values.type();
        return emulated.computeIfAbsent(by, _ -> compute.kernels()
                .emulate(smoothed(by.smoothing()), by.rotation(), compute.activations()).to(type));
    }
}
