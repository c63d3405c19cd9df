package dvdquant.models.nn;

import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * Rotary embeddings in three dimensions: the pairs of a head's channels are shared out among frame, row and column, and turn by
 * position · theta^(−2i/channels), computed in f64.
 *
 * @param channels of frame, row and column, each even; their sum is the head's size
 * @param theta base of the frequencies
 */
public record RotaryAxes(List<Integer> channels, double theta) {
    /** Copies the list. */
    public RotaryAxes {
        channels = List.copyOf(channels);
    }

    /**
     * {@return tables of [frames · rows · columns, head size], in the host's memory and in the caller's scope}
     *
     * @param frames tokens along the time
     * @param rows tokens along the height
     * @param columns tokens along the width
     */
    public Rotary tables(int frames, int rows, int columns) {
        int temporal = channels.get(0);
        int vertical = channels.get(1);
        int horizontal = channels.get(2);
        int headSize = temporal + vertical + horizontal;
        var cos = new float[Math.multiplyExact(Math.multiplyExact(frames * rows, columns), headSize)];
        var sin = new float[cos.length];
        int at = 0;
        for (int f = 0; f < frames; f++) {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++, at += headSize) {
                    fill(cos, sin, at, temporal, f);
                    fill(cos, sin, at + temporal, vertical, r);
                    fill(cos, sin, at + temporal + vertical, horizontal, c);
                }
            }
        }
        long tokens = (long) frames * rows * columns;
        return new Rotary(Tensor.ofFloats(cos, tokens, headSize), Tensor.ofFloats(sin, tokens, headSize));
    }

    private void fill(float[] cos, float[] sin, int from, int count, int position) {
        for (int i = 0; i < count; i += 2) {
            double angle = position / Math.pow(theta, (double) i / count);
            cos[from + i] = cos[from + i + 1] = (float) Math.cos(angle);
            sin[from + i + 1] = (float) Math.sin(angle);
            sin[from + i] = -sin[from + i + 1];
        }
    }
}
