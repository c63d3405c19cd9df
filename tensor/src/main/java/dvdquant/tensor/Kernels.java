package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeChange;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Convolution.Activation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The seam between the models and the hardware: the operations for which we own a kernel. Everything else is libtorch's.
 * Arguments are checked in front of the kernels, by {@link Operands}. Statistics (means, variances, the softmax) are kept in f32, whatever the
 * type of the tensors. Results belong to the caller's scope.
 *
 * <p>Operations that stand for several others say so, and by default run them one after the other: a device with one kernel for all
 * of them overrides that.
 *
 * <p>They are of a {@link ComputeDevice}, which owns the threads, the memory and the compiled code they run with; they are used by one
 * thread at a time.
 */
public interface Kernels {
    /** {@return where arguments have to lie, and where results do} */
    default Device device() {
        return Device.CPU;
    }

    /**
     * y = x · weightᵀ + bias.
     *
     * @param x [tokens, in], F32 or BF16
     * @param weight [out, in], of the type of {@code x}
     * @param bias [out], of the type of {@code x}, or null
     * @return [tokens, out]
     */
    Tensor linear(Tensor x, Tensor weight, Tensor bias);

    /**
     * The same by a weight that is made a stretch of rows at a time, in the type of {@code x}; by default it is made whole.
     *
     * @param x [tokens, in], F32 or BF16
     * @param weight [out, in]
     * @param bias [out], of the type of {@code x}, or null
     * @return [tokens, out]
     */
    default Tensor linear(Tensor x, WeightRows weight, Tensor bias) {
        try (var scope = TensorScope.open()) {
            Tensor rows = Tensor.empty(ElementType.F32, weight.out(), weight.in());
            WeightRows.Reader reader = weight.reader();
            var row = new float[weight.in()];
            for (int r = 0; r < weight.out(); r++) {
                reader.read(r, row);
                MemorySegment.copy(row, 0, rows.segment(), ValueLayout.JAVA_FLOAT, (long) r * row.length * Float.BYTES,
                        row.length);
            }
            return scope.keep(linear(x, rows.to(x.type()).to(device()), bias));
        }
    }

    /**
     * LayerNorm over the channels, then a gain and an offset a channel: y = (x − mean) / √(variance + eps) · gain + offset.
     *
     * @param x [tokens, channels], F32 or BF16
     * @param gain [channels], F32: a norm's weight, or 1 + scale of a modulation
     * @param offset [channels], F32: a norm's bias, or the shift of a modulation
     * @param eps keeps the divisor from zero
     * @return [tokens, channels], of the type of {@code x}
     */
    Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps);

    /**
     * RMSNorm over all channels or over those of each head, then the rotary embedding of each head if there is one.
     *
     * @param x [tokens, heads · headSize], F32 or BF16
     * @param gain F32: [heads · headSize], then all channels of a token are normed together; or [headSize], the same for
     *        each head, then each head is by itself
     * @param rotary of the first tokens, as many as it has, at most those of {@code x}; the others are not turned; or null
     * @param eps keeps the divisor from zero
     * @return [tokens, heads · headSize], of the type of {@code x}
     */
    Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps);

    /**
     * softmax(q kᵀ / √headSize) v, without a mask, for each head.
     *
     * @param query [tokens, heads · headSize], F32 or BF16
     * @param key [keys, heads · headSize], of the same type
     * @param value [keys, heads · headSize], of the same type
     * @param heads that the channels are divided into
     * @return [tokens, heads · headSize]
     */
    Tensor attention(Tensor query, Tensor key, Tensor value, int heads);

    /**
     * Attention over queries and keys as their layers leave them: {@link #rmsNorm} of both, then {@link #attention}.
     *
     * @param query [tokens, heads · headSize], F32 or BF16
     * @param key [keys, heads · headSize], of the same type
     * @param value [keys, heads · headSize], of the same type
     * @param heads that the channels are divided into
     * @param norm what is done to queries and keys before
     * @return [tokens, heads · headSize]
     */
    default Tensor attention(Tensor query, Tensor key, Tensor value, int heads, QueryKeyNorm norm) {
        return attention(rmsNorm(query, norm.queryGain, norm.rotary, norm.eps),
                rmsNorm(key, norm.keyGain, norm.rotary, norm.eps), value, heads);
    }

    /**
     * Attention over the tokens of several streams together, such as an image's and a text's, whose layers and norms are their own:
     * {@link #rmsNorm} of each one's queries and keys, then {@link #attention} of all tokens over all.
     *
     * @param streams in the order of their tokens
     * @param heads that the channels are divided into
     * @param eps of the norms
     * @return [tokens of all, heads · headSize]
     */
    default Tensor attention(List<AttentionStream> streams, int heads, double eps) {
        try (var scope = TensorScope.open()) {
            Tensor query = together(streams, s -> normed(s.query, s.queryGain, s.rotary, eps));
            Tensor key = together(streams, s -> normed(s.key, s.keyGain, s.rotary, eps));
            return scope.keep(attention(query, key, together(streams, AttentionStream::value), heads));
        }
    }

    private Tensor normed(Tensor x, Tensor gain, Rotary rotary, double eps) {
        return gain == null ? x : rmsNorm(x, gain, rotary, eps);
    }

    private static Tensor together(List<AttentionStream> streams, Function<AttentionStream, Tensor> part) {
        return streams.size() == 1
                ? part.apply(streams.getFirst())
                : Tensor.cat(streams.stream().map(part).toList(), 0);
    }

    /**
     * GELU by its tanh approximation, in place: the widest tensor of a block is not made twice.
     *
     * @param x [tokens, channels], F32 or BF16; overwritten
     */
    void gelu(Tensor x);

    /**
     * x + y · gate.
     *
     * @param x [tokens, channels], F32 or BF16: the residual stream
     * @param y [tokens, channels], of the same type
     * @param gate [channels], F32; null stands for ones
     * @return [tokens, channels], of the type of {@code x}
     */
    Tensor gatedResidual(Tensor x, Tensor y, Tensor gate);

    /**
     * Rotates and quantizes each token, for an integer product.
     *
     * @param x [tokens, channels], F32 or BF16
     * @param rotation that of the weights
     * @param scheme of which an integer product can run over all channels: a scale for all or a token, or integer
     *        multipliers a block
     * @return codes, times their multipliers if the scheme has such, and scales
     * @throws IllegalArgumentException if the scheme is another, or the channels cannot be rotated so
     */
    QuantizedRows quantize(Tensor x, Rotation rotation, ActivationScheme scheme);

    /**
     * {@return {@link #layerNorm}, then {@link #quantize}}
     *
     * @param x [tokens, channels], F32 or BF16
     * @param gain [channels], F32
     * @param offset [channels], F32
     * @param eps keeps the divisor from zero
     * @param rotation that of the weights
     * @param scheme as in {@link #quantize}
     */
    default QuantizedRows quantizeNormed(Tensor x, Tensor gain, Tensor offset, double eps, Rotation rotation,
            ActivationScheme scheme) {
        return quantize(layerNorm(x, gain, offset, eps), rotation, scheme);
    }

    /**
     * {@return {@link #gelu}, then {@link #quantize}}
     *
     * @param x [tokens, channels], F32 or BF16; may be overwritten
     * @param rotation that of the weights
     * @param scheme as in {@link #quantize}
     */
    default QuantizedRows quantizeActivated(Tensor x, Rotation rotation, ActivationScheme scheme) {
        gelu(x);
        return quantize(x, rotation, scheme);
    }

    /**
     * Rotates and quantizes each token, at any granularity, and gives the values that the codes stand for: for what no integer product
     * can run.
     *
     * @param x [tokens, channels], F32 or BF16
     * @param rotation that of the weights
     * @param scheme any
     * @return [tokens, channels], F32, rotated
     * @throws IllegalArgumentException if the channels cannot be rotated so, or are not whole blocks
     */
    Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme);

    /**
     * Makes a convolution in F32; what it keeps belongs to the innermost scope.
     *
     * @param shape of its kernel
     * @param weight makes [out, in, frames, size, size] on the device; called once
     * @param bias [out], on the device
     * @return the convolution, for inputs on the device
     */
    default Convolution convolution(Convolution.Shape shape, Supplier<Tensor> weight, Tensor bias) {
        return new LibtorchConvolution(shape, weight.get(), bias);
    }

    /**
     * {@return what {@link #convolution} keeps, in bytes}
     *
     * @param shape of its kernel
     */
    default long convolutionBytes(Convolution.Shape shape) {
        return 4L * shape.out() * (1 + (long) shape.in() * shape.frames() * shape.size() * shape.size());
    }

    /**
     * {@return memory that a convolution needs while it runs, besides its input and its result, in bytes; kept for the
     * next}
     *
     * @param shape of its kernel
     */
    default long convolutionScratchBytes(Convolution.Shape shape) {
        return 0;
    }

    /**
     * GroupNorm of a clip, then SiLU, as what is done to each of its pixels while a {@link Convolution} reads it: the channels of a group
     * are normed together, over all frames and pixels.
     *
     * @param x [1, channels, frames, height, width], F32
     * @param norm groups, gain and offset
     * @return the activation, its factors on the device
     */
    default Activation.Scaled groupNorm(Tensor x, GroupNorm norm) {
        Operands.requireGroups(x, norm);
        try (var scope = TensorScope.open()) {
            Activation.Scaled scaled = Moments.of(x).norm(norm, device());
            scope.keep(scaled.gain());
            scope.keep(scaled.offset());
            return scaled;
        }
    }

    /**
     * y = (codes · valuesᵀ, exactly, in 32-bit integers) · token's scale · row's scale + bias.
     *
     * @param x of as many channels as the weights have columns
     * @param weights of this device
     * @param type of the result: F32 or BF16
     * @return [tokens, out]
     */
    Tensor linear(QuantizedRows x, QuantizedWeights weights, ElementType type);

    /**
     * residual + gate · y, y of {@link #linear(QuantizedRows, QuantizedWeights, ElementType)}.
     *
     * @param x of as many channels as the weights have columns
     * @param weights of this device
     * @param residual [tokens, out], F32 or BF16
     * @param gate [out], F32; null stands for ones
     * @return [tokens, out], of the type of {@code residual}
     */
    default Tensor linearResidual(QuantizedRows x, QuantizedWeights weights, Tensor residual, Tensor gate) {
        return gatedResidual(residual, linear(x, weights, residual.type()), gate);
    }

    /**
     * {@return ‖now − last‖₁ / ‖last‖₁, in f64; from zeros any change counts as 1}
     *
     * @param now contiguous, F32 or BF16, of the shape and type of {@code last}
     * @param last contiguous, F32 or BF16
     */
    default double relativeChange(Tensor now, Tensor last) {
        Operands.requireChange(now, last);
        return RelativeChange.of(now.toFloats(), last.toFloats());
    }

    /**
     * What is done to queries and keys before attention.
     *
     * @param queryGain [heads · headSize] or [headSize], F32
     * @param keyGain [heads · headSize] or [headSize], F32
     * @param rotary of the first tokens of queries and keys, or null
     * @param eps of both norms
     */
    record QueryKeyNorm(Tensor queryGain, Tensor keyGain, Rotary rotary, double eps) {}

    /**
     * (x − mean of the group) / √(variance of the group + eps) · gain + offset.
     *
     * @param groups that the channels are shared out to
     * @param gain [channels], F32
     * @param offset [channels], F32
     * @param eps keeps the divisor from zero
     */
    record GroupNorm(int groups, Tensor gain, Tensor offset, double eps) {}

    /**
     * What one stream brings to an attention of several.
     *
     * @param query [tokens, heads · headSize], F32 or BF16
     * @param key [tokens, heads · headSize], of the same type
     * @param value [tokens, heads · headSize], of the same type
     * @param queryGain [heads · headSize] or [headSize], F32; null: neither query nor key is normed or turned
     * @param keyGain [heads · headSize] or [headSize], F32; null: the same of the key
     * @param rotary of the first tokens, or null
     */
    record AttentionStream(Tensor query, Tensor key, Tensor value, Tensor queryGain, Tensor keyGain, Rotary rotary) {}

    /**
     * Rotary embeddings of the tokens' positions: channels 2i and 2i + 1 of each head turn by angle i.
     *
     * @param cos [tokens, headSize], F32: the cosine of angle i at 2i and at 2i + 1
     * @param sin [tokens, headSize], F32: the sine of angle i at 2i + 1, and negated at 2i
     */
    record Rotary(Tensor cos, Tensor sin) {}
}
