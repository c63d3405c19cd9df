package dvdquant.core.quant.activations;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.VectorRowKernel;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Rotates and quantizes the activations of one token after the other for an integer product, on the Vector API: the same codes and
 * scales as {@link ActivationQuantizer} with {@link ActivationScales.PerToken}, {@link ActivationScales.PerTokenBlockInteger} or, given
 * the largest magnitude of all tokens, {@link ActivationScales.PerTensor}. Owns scratch memory: one a thread.
 */
public final class TokenQuantizer {
    private static final int BYTES = Lanes.COUNT;
    /** From here to its reciprocal {@link Lanes#quotient} divides as the reference does; codes of what is beyond are found one by one. */
    private static final float LEAST_STEP = 0x1p-60f;
    /** From here on no quotient is too large for it. */
    private static final float LEAST_CLIP = 0x1p-16f;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final HadamardRotation rotation;
    private final ActivationRange range;
    private final float clip;
    private final VectorRowKernel rows = new VectorRowKernel();
    private final boolean multiplies;
    private final int block;
    private final float[] magnitudes;
    private final float[] token;

    /**
     * For tokens of as many channels as the rotation has columns.
     *
     * @param rotation of each token
     * @param scheme range, granularity and clip
     * @throws IllegalArgumentException if the granularity is another, or a block does not divide the channels
     */
    public TokenQuantizer(HadamardRotation rotation, ActivationScheme scheme) {
        this.rotation = rotation;
        this.range = scheme.range();
        this.clip = scheme.clip();
        ActivationScales granularity = scheme.scales();
        int channels = rotation.columns();
        int blocks = switch (granularity) {
            case ActivationScales.PerToken(),ActivationScales.PerTensor() -> 1;
            case ActivationScales.PerTokenBlockInteger _ -> granularity.blocksOf(channels);
            case ActivationScales.PerChannel _,ActivationScales.PerChannelToken _,ActivationScales.PerBlock _,ActivationScales.PerTokenBlock _ ->
                throw new IllegalArgumentException("no token by itself can be quantized with scales " + granularity);
        };
        this.multiplies = scheme.multiplies();
        this.block = multiplies ? channels / blocks : channels;
        this.magnitudes = new float[channels / block];
        this.token = new float[channels];
    }

    /**
     * With nothing clipped.
     *
     * @param rotation of each token
     * @param range of the codes
     * @param granularity of the scales
     * @throws IllegalArgumentException if the granularity is another than those above, or a block does not divide the
     *        channels
     */
    public TokenQuantizer(HadamardRotation rotation, ActivationRange range, ActivationScales granularity) {
        this(rotation, new ActivationScheme(range, granularity));
    }

    /**
     * Quantizes the token at {@code source}, f32 [channels], into s8 [channels], multipliers included.
     *
     * @param source little-endian floats; not changed
     * @param sourceOffset of the first, in bytes
     * @param codes takes [channels] bytes
     * @param codesOffset where the first is put
     * @return the value of one unit of the codes
     * @throws IllegalArgumentException if an activation is NaN or infinite
     * @throws IndexOutOfBoundsException if a segment is too short
     */
    public float quantize(MemorySegment source, long sourceOffset, MemorySegment codes, long codesOffset) {
        MemorySegment.copy(source, FLOAT, sourceOffset, token, 0, token.length);
        return quantize(token, codes, codesOffset);
    }

    /**
     * The same for a token in an array.
     *
     * @param values [channels], not rotated yet; overwritten by the rotated ones
     * @param codes takes [channels] bytes
     * @param codesOffset where the first is put
     * @return the value of one unit of the codes
     * @throws IllegalArgumentException if an activation is NaN or infinite
     */
    public float quantize(float[] values, MemorySegment codes, long codesOffset) {
        float magnitude = rotated(values);
        float scale = range.scale(magnitude, clip);
        if (!multiplies) {
            encode(values, 0, scale, 1, codes, codesOffset);
            return scale;
        }
        for (int b = 0; b < magnitudes.length; b++) {
            int multiplier = ActivationRange.multiplier(magnitudes[b], magnitude);
            encode(values, b, ActivationRange.step(scale, multiplier), multiplier, codes, codesOffset);
        }
        return scale / ActivationScales.PerTokenBlockInteger.WHOLE;
    }

    /**
     * Rotates a token in place.
     *
     * @param values [channels]
     * @return its largest magnitude
     * @throws IllegalArgumentException if an activation is NaN or infinite
     */
    public float rotated(float[] values) {
        rotation.rotate(values, 0);
        float magnitude = 0;
        for (int b = 0; b < magnitudes.length; b++) {
            magnitudes[b] = rows.magnitude(values, b * block, block);
            magnitude = Math.max(magnitude, magnitudes[b]);
        }
        if (!(magnitude < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("an activation is NaN or infinite");
        }
        return magnitude;
    }

    /**
     * Quantizes a token with the scale of the whole tensor.
     *
     * @param values [channels], not rotated yet; overwritten by the rotated ones
     * @param magnitude the largest of all tokens, as {@link #rotated} finds them
     * @param codes takes [channels] bytes
     * @param codesOffset where the first is put
     * @return the value of one unit of the codes
     */
    public float quantize(float[] values, float magnitude, MemorySegment codes, long codesOffset) {
        rotation.rotate(values, 0);
        float scale = range.scale(magnitude, clip);
        encode(values, 0, scale, 1, codes, codesOffset);
        return scale;
    }

    private void encode(float[] values, int b, float step, int multiplier, MemorySegment codes, long offset) {
        int end = (b + 1) * block;
        int i = b * block;
        if (step >= LEAST_STEP && step <= 1 / LEAST_STEP && clip >= LEAST_CLIP) {
            i = multiplier == 1
                    ? encodeVectors(values, i, end, step, codes, offset)
                    : encodeVectors(values, i, end, step, multiplier, codes, offset);
        }
        for (; i < end; i++) {
            codes.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (range.code(values[i], step) * multiplier));
        }
    }

    /** @return where the vectors end */
    private int encodeVectors(float[] values, int from, int end, float step, MemorySegment codes, long offset) {
        float reciprocal = 1 / step;
        int lowest = range.lowest();
        int highest = range.highest();
        int i = from;
        for (; i <= end - BYTES; i += BYTES) {
            FloatVector scaled = Lanes.quotient(Lanes.load(values, i), step, reciprocal);
            Lanes.toBytes(Lanes.toIntegers(scaled, lowest, highest))
                    .intoMemorySegment(codes, offset + i, ByteOrder.LITTLE_ENDIAN);
        }
        return i;
    }

    /** The same for codes times a multiplier. (A branch in the loop takes longer than all the rest of it.) */
    private int encodeVectors(float[] values, int from, int end, float step, int multiplier, MemorySegment codes,
            long offset) {
        float reciprocal = 1 / step;
        int lowest = range.lowest();
        int highest = range.highest();
        int i = from;
        for (; i <= end - BYTES; i += BYTES) {
            FloatVector scaled = Lanes.quotient(Lanes.load(values, i), step, reciprocal);
            Lanes.toBytes(Lanes.toIntegers(scaled, lowest, highest).mul(multiplier))
                    .intoMemorySegment(codes, offset + i, ByteOrder.LITTLE_ENDIAN);
        }
        return i;
    }
}
