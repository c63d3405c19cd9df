package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.core.quant.Rotation;

import java.lang.foreign.MemorySegment;

/**
 * The seam between the models and the hardware: the operations for which we own a kernel. Everything else is libtorch's.
 * Arguments are checked here, in front of the kernels. Statistics (means, variances, the softmax) are kept in f32, whatever the
 * type of the tensors. Results belong to the caller's scope.
 *
 * <p>An instance owns threads and compiled primitives; it may be used by one thread at a time.
 */
public interface Kernels extends AutoCloseable {
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
     * LayerNorm over the channels, then a gain and an offset a channel: y = (x − mean) / √(variance + eps) · gain + offset.
     *
     * @param x [tokens, channels], F32 or BF16
     * @param gain [channels], F32: a norm's weight, or 1 + scale of a modulation
     * @param offset [channels], F32: a norm's bias, or the shift of a modulation
     */
    Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps);

    /**
     * RMSNorm over all channels, then the rotary embedding of each head if there is one.
     *
     * @param x [tokens, heads · headSize], F32 or BF16
     * @param gain [heads · headSize], F32
     * @param rotary of as many tokens as {@code x}, or null
     */
    Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps);

    /**
     * softmax(q kᵀ / √headSize) v, without a mask, for each head.
     *
     * @param query [tokens, heads · headSize], F32 or BF16
     * @param key [keys, heads · headSize], of the same type
     * @param value [keys, heads · headSize], of the same type
     * @return [tokens, heads · headSize]
     */
    Tensor attention(Tensor query, Tensor key, Tensor value, int heads);

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
     */
    Tensor gatedResidual(Tensor x, Tensor y, Tensor gate);

    /**
     * Rotates and quantizes each token, for an integer product.
     *
     * @param x [tokens, channels], F32 or BF16
     * @param rotation that of the weights
     * @param scheme of which an integer product can run over all channels: a scale for all or a token, or integer multipliers a block
     * @throws IllegalArgumentException if the scheme is another, or the channels cannot be rotated so
     */
    Int8Rows quantize(Tensor x, Rotation rotation, ActivationScheme scheme);

    /**
     * Rotates and quantizes each token, at any granularity, and gives the values that the codes stand for: for what no integer product
     * can run.
     *
     * @param x [tokens, channels], F32 or BF16
     * @param rotation that of the weights
     * @return [tokens, channels], F32, rotated
     * @throws IllegalArgumentException if the channels cannot be rotated so, or are not whole blocks
     */
    Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme);

    /**
     * Brings quantized weights to the device.
     *
     * @param values [out, in] bytes, row by row: (q − z) · m
     * @param scales a row's step, [out]
     * @param bias [out]; null stands for zeros
     * @return an owner, for the caller to close
     */
    Int8Weights int8Weights(MemorySegment values, float[] scales, float[] bias);

    /**
     * y = (codes · valuesᵀ, exactly, in 32-bit integers) · token's scale · row's scale + bias.
     *
     * @param x of as many channels as the weights have columns
     * @param type of the result: F32 or BF16
     * @return [tokens, out]
     */
    Tensor linear(Int8Rows x, Int8Weights weights, ElementType type);

    /** Frees what this owns. */
    @Override
    void close();

    /**
     * Rotary embeddings of the tokens' positions: channels 2i and 2i + 1 of each head turn by angle i.
     *
     * @param cos [tokens, headSize], F32: the cosine of angle i at 2i and at 2i + 1
     * @param sin [tokens, headSize], F32: the sine of angle i at 2i + 1, and negated at 2i
     */
    record Rotary(Tensor cos, Tensor sin) {}
}
