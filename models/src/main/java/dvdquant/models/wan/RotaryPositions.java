package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

/**
 * Rotary embeddings in three dimensions: the pairs of a head's channels are shared out among frame, row and column (44, 42 and 42
 * of 128 channels), and turn by position · 10000^(−2i/channels), computed in f64.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_wan.py">diffusers,
 *      WanRotaryPosEmbed</a>
 */
public final class RotaryPositions {
    private static final double THETA = 10_000;

    private RotaryPositions() {}

    /**
     * @param frames tokens along each axis, as {@code rows} and {@code columns}
     * @return tables of [frames · rows · columns, headSize], in the caller's scope
     */
    public static Rotary of(WanConfig config, int frames, int rows, int columns) {
        int longest = Math.max(frames, Math.max(rows, columns));
        if (longest > config.ropePositions()) {
            throw new InputException(
                    "the video is " + longest + " tokens long along one axis, expected at most the model's "
                            + config.ropePositions() + " (rope_max_seq_len)");
        }
        int headSize = config.headSize();
        int spatial = 2 * (headSize / 6);
        int temporal = headSize - 2 * spatial;
        var cos = new float[Math.multiplyExact(Math.multiplyExact(frames * rows, columns), headSize)];
        var sin = new float[cos.length];
        int at = 0;
        for (int f = 0; f < frames; f++) {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++, at += headSize) {
                    fill(cos, sin, at, temporal, f);
                    fill(cos, sin, at + temporal, spatial, r);
                    fill(cos, sin, at + temporal + spatial, spatial, c);
                }
            }
        }
        long tokens = (long) frames * rows * columns;
        return new Rotary(Tensor.ofFloats(cos, tokens, headSize), Tensor.ofFloats(sin, tokens, headSize));
    }

    private static void fill(float[] cos, float[] sin, int from, int channels, int position) {
        for (int i = 0; i < channels; i += 2) {
            double angle = position / Math.pow(THETA, (double) i / channels);
            cos[from + i] = cos[from + i + 1] = (float) Math.cos(angle);
            sin[from + i + 1] = (float) Math.sin(angle);
            sin[from + i] = -sin[from + i + 1];
        }
    }
}
