package dvdquant.core.quant.activations;

/**
 * Quantized activations [tokens, channels]: value = code · step(token, channel) · channelScale.
 *
 * @param granularity of the scales
 * @param tokens outer axis
 * @param channels inner axis
 * @param codes [tokens, channels], without multipliers
 * @param scales with the shape that {@link ActivationScales} says; for {@code PerChannelToken} those of the tokens
 * @param multipliers [tokens, blocks] for {@code PerTokenBlockInteger}, else empty
 * @param channelScales Λ [channels] for {@code PerChannelToken}, else empty
 */
public record QuantizedActivations(ActivationScales granularity, int tokens, int channels, byte[] codes, float[] scales,
        byte[] multipliers, float[] channelScales) {

    /**
     * {@return what one unit of the code of that token and channel is worth}
     *
     * @param token from 0
     * @param channel from 0
     */
    public float step(int token, int channel) {
        return switch (granularity) {
            case ActivationScales.PerTensor() -> scales[0];
            case ActivationScales.PerToken() -> scales[token];
            case ActivationScales.PerChannel() -> scales[channel];
            case ActivationScales.PerChannelToken() -> scales[token] * channelScales[channel];
            case ActivationScales.PerBlock(int block) -> scales[channel / block];
            case ActivationScales.PerTokenBlock(int block) -> scales[token * (channels / block) + channel / block];
            case ActivationScales.PerTokenBlockInteger(int block) -> multipliers.length == 0
                    ? scales[token]
                    : ActivationRange.step(scales[token], multipliers[token * (channels / block) + channel / block]);
        };
    }

    /** {@return the activations that the codes stand for, [tokens, channels]} */
    public float[] dequantize() {
        var values = new float[codes.length];
        for (int token = 0; token < tokens; token++) {
            for (int channel = 0; channel < channels; channel++) {
                int i = token * channels + channel;
                values[i] = codes[i] * step(token, channel);
            }
        }
        return values;
    }
}
