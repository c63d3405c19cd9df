package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;

import java.util.List;

/**
 * Checks the arguments of {@link Kernels}, for all implementations alike. Each method throws {@link IllegalArgumentException} if
 * something is wrong, with what was found.
 */
public final class Operands {
    private Operands() {}

    /** Contiguous F32 or BF16 [tokens, channels], neither 0. */
    public static void requireRows(Tensor tensor, String name) {
        require(tensor.shape().rank() == 2 && tensor.shape().elements() > 0 && tensor.isContiguous()
                && (tensor.type() == ElementType.F32 || tensor.type() == ElementType.BF16),
                name + ": " + tensor + ", expected contiguous F32 or BF16 [tokens, channels], neither 0");
    }

    /** Of {@link Kernels#linear(Tensor, Tensor, Tensor)}. */
    public static void requireLinear(Tensor x, Tensor weight, Tensor bias) {
        requireRows(x, "x");
        requireRows(weight, "weight");
        require(weight.dim(1) == x.dim(1) && weight.type() == x.type(), "linear of " + x + " by " + weight);
        require(bias == null || bias.shape().equals(Shape.of(weight.dim(0))) && bias.type() == x.type()
                && bias.isContiguous(), "linear of " + x + " by " + weight + ", bias " + bias);
    }

    /** Of {@link Kernels#linear(Tensor, WeightRows, Tensor)}. */
    public static void requireChannelsOf(Tensor x, WeightRows weight) {
        require(weight.in() == x.dim(1), "linear of " + x + " by rows of " + weight.in() + " channels");
    }

    /** A value for each channel of {@code x}; null passes. */
    public static void requireChannels(Tensor vector, Tensor x) {
        require(vector == null || vector.type() == ElementType.F32 && vector.shape().equals(Shape.of(x.dim(1))),
                "a value a channel: " + vector + " for " + x + ", expected F32 " + Shape.of(x.dim(1)));
    }

    /** Of {@link Kernels#rmsNorm}: for all channels of {@code x}, or for those of each head. */
    public static void requireGain(Tensor gain, Tensor x) {
        require(gain.type() == ElementType.F32 && gain.shape().rank() == 1 && gain.dim(0) > 0 && gain.isContiguous()
                && x.dim(1) % gain.dim(0) == 0,
                "gain of a norm: " + gain + " for " + x
                        + ", expected F32 of all channels or of a head's");
    }

    /** Tables for the first tokens of {@code x}, or for all; null passes. */
    public static void requireRotary(Kernels.Rotary rotary, Tensor x) {
        if (rotary == null) return;
        for (Tensor part : List.of(rotary.cos(), rotary.sin())) {
            require(part.shape().rank() == 2 && part.isContiguous() && part.type() == ElementType.F32
                    && part.shape().equals(rotary.cos().shape()) && part.dim(0) <= x.dim(0)
                    && part.dim(1) > 0 && part.dim(1) % 2 == 0 && x.dim(1) % part.dim(1) == 0,
                    "rotary of " + rotary.cos() + " and " + rotary.sin() + " for " + x);
        }
    }

    /** Of {@link Kernels#attention(Tensor, Tensor, Tensor, int)}. */
    public static void requireAttention(Tensor query, Tensor key, Tensor value, int heads) {
        requireRows(query, "query");
        requireRows(key, "key");
        requireRows(value, "value");
        require(key.shape().equals(value.shape()) && key.dim(1) == query.dim(1) && heads > 0
                && query.dim(1) % heads == 0 && key.type() == query.type() && value.type() == query.type(),
                "attention of " + query + " over " + key + " and " + value + " with " + heads + " heads");
    }

    /** Two of one shape and type. */
    public static void requireSum(Tensor x, Tensor y) {
        requireRows(x, "x");
        requireRows(y, "y");
        require(y.shape().equals(x.shape()) && y.type() == x.type(), "sum of " + x + " and " + y);
    }

    /** Of {@link Kernels#groupNorm}. */
    public static void requireGroups(Tensor x, Kernels.GroupNorm norm) {
        require(x.type() == ElementType.F32 && x.shape().rank() == 5 && x.dim(0) == 1 && x.shape().elements() > 0
                && norm.groups() > 0 && x.dim(1) % norm.groups() == 0,
                "norm of " + x + " in " + norm.groups() + " groups, expected F32 [1, channels, frames, height, width]");
        for (Tensor vector : List.of(norm.gain(), norm.offset())) {
            requireChannels(vector, x);
        }
    }

    /** Of {@link WeightStore}. */
    public static void requireQuantizedWeights(long bytes, float[] scales, float[] bias) {
        require(scales.length > 0 && bytes > 0 && bytes % scales.length == 0
                && (bias == null || bias.length == scales.length),
                "int8 weights of " + bytes + " bytes, " + scales.length + " rows");
    }

    /** Of {@link Kernels#linear(QuantizedRows, QuantizedWeights, ElementType)}. */
    public static void requireLinear(QuantizedRows x, QuantizedWeights weights, ElementType type) {
        Tensor codes = x.codes();
        require(codes.type() == ElementType.I8 && codes.shape().rank() == 2
                && codes.isContiguous() && codes.dim(1) == weights.in()
                && x.scales().shape().equals(Shape.of(codes.dim(0))) && x.scales().type() == ElementType.F32
                && (type == ElementType.F32 || type == ElementType.BF16),
                "int8 linear of " + codes + " with scales " + x.scales() + " by [" + weights.out() + ", " + weights.in()
                        + "] to " + type);
    }

    /** Of {@link Kernels#linearResidual}. */
    public static void requireLinearResidual(QuantizedRows x, QuantizedWeights weights, Tensor residual, Tensor gate) {
        requireRows(residual, "residual");
        requireLinear(x, weights, residual.type());
        require(residual.shape().equals(Shape.of(x.codes().dim(0), weights.out())),
                "int8 linear of " + x.codes() + " to " + weights.out() + " channels, added to " + residual);
        requireChannels(gate, residual);
    }

    /** Two of one shape and type, F32 or BF16, contiguous. */
    public static void requireChange(Tensor now, Tensor last) {
        require(now.shape().equals(last.shape()) && now.type() == last.type() && now.isContiguous()
                && last.isContiguous()
                && (now.type() == ElementType.F32 || now.type() == ElementType.BF16),
                "change from " + last + " to " + now);
    }

    private static void require(boolean condition, String what) {
        if (!condition) throw new IllegalArgumentException(what);
    }
}
