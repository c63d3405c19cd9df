package dvdquant.core.quant.activations;

/**
 * Quantizes activations with scales that are computed from themselves, at every granularity, in plain loops: the reference for
 * {@link TokenQuantizer} and for kernels on other hardware. A group's scale is its largest magnitude (times the clip) / (2ᵇ⁻¹ − 1),
 * and 1 if it is all zero; codes are rounded to nearest, ties to even.
 *
 * <p>Source: DVD-Quant §3.2.
 */
public final class ActivationQuantizer {
    private static final byte[] NO_MULTIPLIERS = {};
    private static final float[] NO_CHANNEL_SCALES = {};

    private final float[] values;
    private final int tokens;
    private final int channels;
    private final ActivationRange range;
    private final ActivationScales granularity;
    private final float clip;

    private ActivationQuantizer(float[] values, int tokens, ActivationScheme scheme) {
        this.values = values;
        this.tokens = tokens;
        this.channels = tokens == 0 ? 0 : values.length / tokens;
        this.range = scheme.range();
        this.granularity = scheme.scales();
        this.clip = scheme.clip();
    }

    /**
     * Quantizes (already rotated) activations [tokens, channels].
     *
     * @param values [tokens, channels], not changed
     * @param tokens how many, of which the channels follow
     * @param scheme range, granularity and clip
     * @return codes and scales, in arrays of their own
     * @throws IllegalArgumentException if the values are not whole tokens, one is NaN or infinite, or a block does not
     *        divide the channels
     */
    public static QuantizedActivations quantize(float[] values, int tokens, ActivationScheme scheme) {
        if (tokens < 1 || values.length == 0 || values.length % tokens != 0) {
            throw new IllegalArgumentException(
                    values.length + " activations are not whole rows of " + tokens + " tokens");
        }
        for (float value : values) {
            if (!Float.isFinite(value)) throw new IllegalArgumentException("an activation is " + value);
        }
        return new ActivationQuantizer(values, tokens, scheme).quantize();
    }

    /**
     * {@return codes and scales as above, with nothing clipped}
     *
     * @param values (already rotated) activations [tokens, channels], not changed
     * @param tokens how many
     * @param range of the codes
     * @param granularity which activations share a scale
     * @throws IllegalArgumentException as above
     */
    public static QuantizedActivations quantize(float[] values, int tokens, ActivationRange range,
            ActivationScales granularity) {
        return quantize(values, tokens, new ActivationScheme(range, granularity));
    }

    private QuantizedActivations quantize() {
        int blocks = granularity.blocksOf(channels);
        return switch (granularity) {
            case ActivationScales.PerTensor() -> result(scales(magnitudes(1, 1)));
            case ActivationScales.PerToken() -> result(scales(magnitudes(tokens, 1)));
            case ActivationScales.PerChannel() -> result(scales(magnitudes(1, channels)));
            case ActivationScales.PerChannelToken() -> channelToken();
            case ActivationScales.PerBlock(_) -> result(scales(magnitudes(1, blocks)));
            case ActivationScales.PerTokenBlock(_) -> result(scales(magnitudes(tokens, blocks)));
            case ActivationScales.PerTokenBlockInteger(_) ->
                range.takesMultiplier() ? tokenBlockInteger(blocks) : result(scales(magnitudes(tokens, 1)));
        };
    }

    /** The largest magnitude of each of rows × blocks equal parts, row by row. */
    private float[] magnitudes(int rows, int blocks) {
        var magnitudes = new float[rows * blocks];
        for (int i = 0; i < values.length; i++) {
            int row = i / channels / (tokens / rows);
            int part = row * blocks + i % channels / (channels / blocks);
            magnitudes[part] = Math.max(magnitudes[part], Math.abs(values[i]));
        }
        return magnitudes;
    }

    private float[] scales(float[] magnitudes) {
        var scales = new float[magnitudes.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = range.scale(magnitudes[i], clip);
        }
        return scales;
    }

    private QuantizedActivations result(float[] scales) {
        return encode(scales, NO_MULTIPLIERS);
    }

    private QuantizedActivations encode(float[] scales, byte[] multipliers) {
        var result = new QuantizedActivations(granularity, tokens, channels, new byte[values.length], scales,
                multipliers,
                NO_CHANNEL_SCALES);
        for (int i = 0; i < values.length; i++) {
            result.codes()[i] = range.code(values[i], result.step(i / channels, i % channels));
        }
        return result;
    }

    private QuantizedActivations channelToken() {
        float[] lambda = magnitudes(1, channels);
        for (int channel = 0; channel < channels; channel++) {
            if (lambda[channel] == 0) lambda[channel] = 1;
        }
        float[] even = values.clone();
        for (int i = 0; i < even.length; i++) {
            even[i] /= lambda[i % channels];
        }
        QuantizedActivations tokenwise = quantize(even, tokens,
                new ActivationScheme(range, new ActivationScales.PerToken(), clip));
        return new QuantizedActivations(granularity, tokens, channels, tokenwise.codes(), tokenwise.scales(),
                NO_MULTIPLIERS, lambda);
    }

    private QuantizedActivations tokenBlockInteger(int blocks) {
        float[] ofTokens = magnitudes(tokens, 1);
        float[] ofBlocks = magnitudes(tokens, blocks);
        var multipliers = new byte[ofBlocks.length];
        for (int i = 0; i < multipliers.length; i++) {
            multipliers[i] = (byte) ActivationRange.multiplier(ofBlocks[i], ofTokens[i / blocks]);
        }
        return encode(scales(ofTokens), multipliers);
    }
}
