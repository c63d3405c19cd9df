package dvdquant.core.quant.activations;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.RowKernel;
import dvdquant.core.quant.weights.VectorRowKernel;

/**
 * Replaces activations, one token after the other, by what their codes stand for: rotated, quantized, and multiplied by their scales
 * again, at any granularity. Where tokens share scales, all tokens go through {@link #gather} first. The values are those of
 * {@link ActivationQuantizer}, but for the rounding of a product. Owns scratch memory: one a thread.
 */
public final class ActivationEmulator {
    private final HadamardRotation rotation;
    private final ActivationScheme scheme;
    private final VectorRowKernel rows = new VectorRowKernel();
    private final int channels;
    private final int blocks;
    private final float[] divisors;

    /**
     * For tokens of as many channels as the rotation has columns.
     *
     * @param rotation of each token
     * @param scheme range, granularity and clip
     * @throws IllegalArgumentException if a block does not divide the channels
     */
    public ActivationEmulator(HadamardRotation rotation, ActivationScheme scheme) {
        this.rotation = rotation;
        this.scheme = scheme;
        this.channels = rotation.columns();
        this.blocks = scheme.scales().blocksOf(channels);
        this.divisors = new float[channels];
    }

    /** {@return how many magnitudes the tokens share: 0 if each has scales of its own} */
    public int sharedMagnitudes() {
        return switch (scheme.scales()) {
            case ActivationScales.PerTensor() -> 1;
            case ActivationScales.PerChannel(),ActivationScales.PerChannelToken() -> channels;
            case ActivationScales.PerBlock _ -> blocks;
            case ActivationScales.PerToken(),ActivationScales.PerTokenBlock _,ActivationScales.PerTokenBlockInteger _ ->
                0;
        };
    }

    /**
     * Raises the shared magnitudes to those of a token.
     *
     * @param token [channels]; rotated in place
     * @param magnitudes [{@link #sharedMagnitudes}]
     * @throws IllegalArgumentException if an activation is NaN or infinite
     */
    public void gather(float[] token, float[] magnitudes) {
        rotate(token);
        int size = channels / magnitudes.length;
        for (int part = 0; part < magnitudes.length; part++) {
            float magnitude = size == 1 ? Math.abs(token[part]) : rows.magnitude(token, part * size, size);
            magnitudes[part] = Math.max(magnitudes[part], magnitude);
        }
    }

    /**
     * Replaces a token.
     *
     * @param token [channels], not rotated yet; overwritten by the rotated values that its codes stand for
     * @param magnitudes of {@link #gather} over all tokens
     * @throws IllegalArgumentException if an activation is NaN or infinite
     */
    public void apply(float[] token, float[] magnitudes) {
        float magnitude = rotate(token);
        switch (scheme.scales()) {
            case ActivationScales.PerTensor() -> round(token, 0, channels, scale(magnitudes[0]));
            case ActivationScales.PerToken() -> round(token, 0, channels, scale(magnitude));
            case ActivationScales.PerChannel() -> {
                for (int k = 0; k < channels; k++) {
                    divisors[k] = scale(magnitudes[k]);
                }
                divided(token, 1);
            }
            case ActivationScales.PerChannelToken() -> {
                for (int k = 0; k < channels; k++) {
                    divisors[k] = magnitudes[k] == 0 ? 1 : magnitudes[k];
                }
                divided(token, 0);
            }
            case ActivationScales.PerBlock(int size) -> {
                for (int b = 0; b < blocks; b++) {
                    round(token, b * size, size, scale(magnitudes[b]));
                }
            }
            case ActivationScales.PerTokenBlock(int size) -> {
                for (int b = 0; b < blocks; b++) {
                    round(token, b * size, size, scale(rows.magnitude(token, b * size, size)));
                }
            }
            case ActivationScales.PerTokenBlockInteger(int size) -> multiples(token, size, magnitude);
        }
    }

    private float rotate(float[] token) {
        rotation.rotate(token, 0);
        float magnitude = rows.magnitude(token, 0, channels);
        if (!(magnitude < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("an activation is NaN or infinite");
        }
        return magnitude;
    }

    private float scale(float magnitude) {
        return scheme.range().scale(magnitude, scheme.clip());
    }

    /** Rounds the token's quotients by {@link #divisors}. @param step 0: that of the largest quotient */
    private void divided(float[] token, float step) {
        for (int k = 0; k < channels; k++) {
            token[k] /= divisors[k];
        }
        round(token, 0, channels, step > 0 ? step : scale(rows.magnitude(token, 0, channels)));
        for (int k = 0; k < channels; k++) {
            token[k] *= divisors[k];
        }
    }

    private void multiples(float[] token, int size, float magnitude) {
        float scale = scale(magnitude);
        for (int from = 0; from < channels; from += size) {
            int multiplier = ActivationRange.multiplier(rows.magnitude(token, from, size), magnitude);
            round(token, from, size,
                    scheme.range().takesMultiplier() ? ActivationRange.step(scale, multiplier) : scale);
        }
    }

    private void round(float[] token, int from, int count, float step) {
        ActivationRange range = scheme.range();
        rows.round(token, from, count, new RowKernel.Grid(step, range.lowest(), range.highest()));
    }
}
