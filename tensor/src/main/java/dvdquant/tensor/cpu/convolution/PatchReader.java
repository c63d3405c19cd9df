package dvdquant.tensor.cpu.convolution;

import dvdquant.tensor.Convolution.Activation.Normed;
import dvdquant.tensor.cpu.rows.Exp2;
import dvdquant.tensor.cpu.rows.RowKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;

/**
 * Reads a rectangle of a frame as a convolution sees it: zeros outside, pixels repeated, normed and activated. Used by one thread.
 */
final class PatchReader {
    private static final int LANES = FLOATS.length();
    private static final float LOG2_E = 1.442695041f;
    /** Where 2⁻ᵘ still fits a float: silu is 0 to the last digit from there down. */
    private static final float LEAST = -126;

    /** Frames in memory: [frames, height, width, channels]. */
    record Frames(MemorySegment memory, int height, int width, int channels) {
        /** Frames of zeros. */
        static final Frames ZEROS = new Frames(MemorySegment.NULL, 0, 0, 0);
    }

    /**
     * A rectangle of pixels, repeated ones counted, which may reach beyond the frame.
     *
     * @param edged whether the pixels at the edges are read there; else zeros
     */
    record Window(int top, int left, int rows, int columns, boolean edged) {}

    private final float[] lanes = new float[LANES];

    /**
     * @param doubled whether each pixel is repeated along height and width
     * @param patch [rows, columns, padded]
     * @param padded floats of a pixel in the patch; those beyond its channels become zeros
     */
    void read(Frames frames, long frame, Window window, boolean doubled, float[] patch, int padded) {
        int shift = doubled ? 1 : 0;
        int height = frames.height << shift;
        boolean edged = window.edged && height > 0;
        int from = Math.clamp(-window.left, 0, window.columns);
        int to = Math.clamp((long) (frames.width << shift) - window.left, from, window.columns);
        boolean wholeLines = !doubled && padded == frames.channels;
        for (int row = 0; row < window.rows; row++) {
            int y = edged ? Math.clamp(window.top + row, 0, height - 1) : window.top + row;
            int at = row * window.columns * padded;
            int first = at + from * padded;
            int end = at + window.columns * padded;
            if (y < 0 || y >= height) {
                Arrays.fill(patch, at, end, 0);
                continue;
            }
            long line = (frame * frames.height + (y >> shift)) * frames.width;
            if (wholeLines) {
                copy(frames, line + window.left + from, to - from, patch, first);
            } else {
                if (padded != frames.channels) Arrays.fill(patch, first, at + to * padded, 0);
                for (int x = from; x < to; x++) {
                    copy(frames, line + ((window.left + x) >> shift), 1, patch, at + x * padded);
                }
            }
            if (edged) {
                repeat(patch, first, at, from, padded);
                repeat(patch, at + (to - 1) * padded, at + to * padded, window.columns - to, padded);
            } else {
                Arrays.fill(patch, at, first, 0);
                Arrays.fill(patch, at + to * padded, end, 0);
            }
        }
    }

    /** Writes the pixel that lies at {@code from} so many times. */
    private static void repeat(float[] patch, int from, int to, int times, int padded) {
        for (int i = 0; i < times; i++) {
            System.arraycopy(patch, from, patch, to + i * padded, padded);
        }
    }

    private static void copy(Frames frames, long pixel, int count, float[] patch, int at) {
        MemorySegment.copy(frames.memory, ValueLayout.JAVA_FLOAT, pixel * frames.channels * 4, patch, at,
                count * frames.channels);
    }

    /**
     * Activates pixels in place; what lies beyond their channels stays zeros.
     *
     * @param patch [pixels, channels]
     * @param activation of as many channels, whole vectors
     */
    void activate(float[] patch, int pixels, ActivationVectors activation) {
        int channels = activation.channels();
        for (int at = 0; at < pixels * channels; at += channels) {
            if (activation.normed()) {
                norm(patch, at, activation.gain());
            } else {
                scale(patch, at, activation.gain(), activation.offset());
            }
        }
    }

    /** p → silu(p / ‖p‖ · gain): zeros stay zeros. */
    private void norm(float[] patch, int at, float[] gain) {
        float scale = 1 / Math.max(norm(patch, at, gain.length), (float) Normed.SMALLEST_NORM);
        for (int c = 0; c < gain.length; c += LANES) {
            silu(FloatVector.fromArray(FLOATS, patch, at + c).mul(scale).mul(FloatVector.fromArray(FLOATS, gain, c)))
                    .intoArray(patch, at + c);
        }
    }

    /** p → silu(p · gain + offset). */
    private static void scale(float[] patch, int at, float[] gain, float[] offset) {
        for (int c = 0; c < gain.length; c += LANES) {
            silu(FloatVector.fromArray(FLOATS, patch, at + c).mul(FloatVector.fromArray(FLOATS, gain, c))
                    .add(FloatVector.fromArray(FLOATS, offset, c))).intoArray(patch, at + c);
        }
    }

    private static FloatVector silu(FloatVector y) {
        FloatVector u = y.mul(LOG2_E);
        FloatVector bounded = u.blend(LEAST, u.compare(VectorOperators.LT, LEAST));
        return y.div(Exp2.ofMinus(bounded).add(1f));
    }

    private float norm(float[] patch, int at, int channels) {
        FloatVector even = FloatVector.zero(FLOATS);
        FloatVector odd = even;
        int c = 0;
        for (; c <= channels - 2 * LANES; c += 2 * LANES) {
            FloatVector a = FloatVector.fromArray(FLOATS, patch, at + c);
            FloatVector b = FloatVector.fromArray(FLOATS, patch, at + c + LANES);
            even = a.mul(a).add(even);
            odd = b.mul(b).add(odd);
        }
        for (; c < channels; c += LANES) {
            FloatVector a = FloatVector.fromArray(FLOATS, patch, at + c);
            even = a.mul(a).add(even);
        }
        even.add(odd).intoArray(lanes, 0);
        return (float) Math.sqrt(RowKernels.sumOfLanes(lanes, 0));
    }
}
