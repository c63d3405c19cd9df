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

    /**
     * Checks contiguous F32 or BF16 [tokens, channels], neither 0.
     *
     * @param tensor that is checked
     * @param name for the message
     */
    public static void requireRows(Tensor tensor, String name) {
        require(tensor.shape().rank() == 2 && tensor.shape().elements() > 0 && tensor.isContiguous()
                && (tensor.type() == ElementType.F32 || tensor.type() == ElementType.BF16),
                name + ": " + tensor + ", expected contiguous F32 or BF16 [tokens, channels], neither 0");
    }

    /**
     * Checks the arguments of {@link Kernels#linear(Tensor, Tensor, Tensor)}.
     *
     * @param x [tokens, in]
     * @param weight [out, in]
     * @param bias [out], or null
     */
    public static void requireLinear(Tensor x, Tensor weight, Tensor bias) {
        requireRows(x, "x");
        requireRows(weight, "weight");
        require(weight.dim(1) == x.dim(1) && weight.type() == x.type(), "linear of " + x + " by " + weight);
        require(bias == null || bias.shape().equals(Shape.of(weight.dim(0))) && bias.type() == x.type()
                && bias.isContiguous(), "linear of " + x + " by " + weight + ", bias " + bias);
    }

    /**
     * Checks the arguments of {@link Kernels#linear(Tensor, WeightRows, Tensor)}, its bias aside.
     *
     * @param x [tokens, in]
     * @param weight [out, in]
     */
    public static void requireChannelsOf(Tensor x, WeightRows weight) {
        require(weight.in() == x.dim(1), "linear of " + x + " by rows of " + weight.in() + " channels");
    }

    /**
     * Checks a value for each channel.
     *
     * @param vector [channels]; null passes
     * @param x [tokens, channels], or more axes after the channels
     */
    public static void requireChannels(Tensor vector, Tensor x) {
        require(vector == null || vector.type() == ElementType.F32 && vector.shape().equals(Shape.of(x.dim(1))),
                "a value a channel: " + vector + " for " + x + ", expected F32 " + Shape.of(x.dim(1)));
    }

    /**
     * Checks the gain of {@link Kernels#rmsNorm}: for all channels, or for those of each head.
     *
     * @param gain [channels] or [headSize]
     * @param x [tokens, channels]
     */
    public static void requireGain(Tensor gain, Tensor x) {
        require(gain.type() == ElementType.F32 && gain.shape().rank() == 1 && gain.dim(0) > 0 && gain.isContiguous()
                && x.dim(1) % gain.dim(0) == 0,
                "gain of a norm: " + gain + " for " + x
                        + ", expected F32 of all channels or of a head's");
    }

    /**
     * Checks that there are tables for the first tokens, or for all.
     *
     * @param rotary null passes
     * @param x [tokens, heads · headSize]
     */
    public static void requireRotary(Kernels.Rotary rotary, Tensor x) {
        if (rotary == null) return;
        for (Tensor part : List.of(rotary.cos(), rotary.sin())) {
            require(part.shape().rank() == 2 && part.isContiguous() && part.type() == ElementType.F32
                    && part.shape().equals(rotary.cos().shape()) && part.dim(0) <= x.dim(0)
                    && part.dim(1) > 0 && part.dim(1) % 2 == 0 && x.dim(1) % part.dim(1) == 0,
                    "rotary of " + rotary.cos() + " and " + rotary.sin() + " for " + x);
        }
    }

    /**
     * Checks the arguments of {@link Kernels#attention(Tensor, Tensor, Tensor, int)}.
     *
     * @param query [tokens, heads · headSize]
     * @param key [keys, heads · headSize]
     * @param value [keys, heads · headSize]
     * @param heads 1 or more
     */
    public static void requireAttention(Tensor query, Tensor key, Tensor value, int heads) {
        requireRows(query, "query");
        requireRows(key, "key");
        requireRows(value, "value");
        require(key.shape().equals(value.shape()) && key.dim(1) == query.dim(1) && heads > 0
                && query.dim(1) % heads == 0 && key.type() == query.type() && value.type() == query.type(),
                "attention of " + query + " over " + key + " and " + value + " with " + heads + " heads");
    }

    /**
     * Checks that two tensors are of one shape and type.
     *
     * @param x [tokens, channels]
     * @param y [tokens, channels]
     */
    public static void requireSum(Tensor x, Tensor y) {
        requireRows(x, "x");
        requireRows(y, "y");
        require(y.shape().equals(x.shape()) && y.type() == x.type(), "sum of " + x + " and " + y);
    }

    /**
     * Checks the arguments of {@link Kernels#groupNorm}.
     *
     * @param x [1, channels, frames, height, width]
     * @param norm of so many channels
     */
    public static void requireGroups(Tensor x, Kernels.GroupNorm norm) {
        require(x.type() == ElementType.F32 && x.shape().rank() == 5 && x.dim(0) == 1 && x.shape().elements() > 0
                && norm.groups() > 0 && x.dim(1) % norm.groups() == 0,
                "norm of " + x + " in " + norm.groups() + " groups, expected F32 [1, channels, frames, height, width]");
        for (Tensor vector : List.of(norm.gain(), norm.offset())) {
            requireChannels(vector, x);
        }
    }

    /**
     * Checks the arguments of {@link WeightStore#quantizedWeights}.
     *
     * @param bytes of all rows
     * @param scales [out]
     * @param bias [out], or null
     */
    public static void requireQuantizedWeights(long bytes, float[] scales, float[] bias) {
        require(scales.length > 0 && bytes > 0 && bytes % scales.length == 0
                && (bias == null || bias.length == scales.length),
                "int8 weights of " + bytes + " bytes, " + scales.length + " rows");
    }

    /**
     * Checks the arguments of {@link Kernels#linear(QuantizedRows, QuantizedWeights, ElementType)}.
     *
     * @param x [tokens, in]
     * @param weights [out, in]
     * @param type of the result
     */
    public static void requireLinear(QuantizedRows x, QuantizedWeights weights, ElementType type) {
        Tensor codes = x.codes();
        require(codes.type() == ElementType.I8 && codes.shape().rank() == 2
                && codes.isContiguous() && codes.dim(1) == weights.in()
                && x.scales().shape().equals(Shape.of(codes.dim(0))) && x.scales().type() == ElementType.F32
                && (type == ElementType.F32 || type == ElementType.BF16),
                "int8 linear of " + codes + " with scales " + x.scales() + " by [" + weights.out() + ", " + weights.in()
                        + "] to " + type);
    }

    /**
     * Checks the arguments of {@link Kernels#linearResidual}.
     *
     * @param x [tokens, in]
     * @param weights [out, in]
     * @param residual [tokens, out]
     * @param gate [out], or null
     */
    public static void requireLinearResidual(QuantizedRows x, QuantizedWeights weights, Tensor residual, Tensor gate) {
        requireRows(residual, "residual");
        requireLinear(x, weights, residual.type());
        require(residual.shape().equals(Shape.of(x.codes().dim(0), weights.out())),
                "int8 linear of " + x.codes() + " to " + weights.out() + " channels, added to " + residual);
        requireChannels(gate, residual);
    }

    /**
     * Checks that two tensors are of one shape and type, F32 or BF16, and contiguous.
     *
     * @param now of any shape
     * @param last of the same
     */
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
