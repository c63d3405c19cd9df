package dvdquant.tensor.cpu.convolution;

import dvdquant.tensor.Convolution.Input;
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
     * A rectangle of pixels, repeated ones counted; may lie outside the frame.
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
        if (window.edged && frames.height > 0) {
            readWithEdges(frames, frame, window, shift, patch, padded);
            return;
        }
        int from = Math.clamp(-window.left, 0, window.columns);
        int to = Math.clamp((long) (frames.width << shift) - window.left, from, window.columns);
        boolean wholeLines = !doubled && padded == frames.channels;
        for (int row = 0; row < window.rows; row++) {
            int y = window.top + row;
            int at = row * window.columns * padded;
            int end = at + window.columns * padded;
            if (y < 0 || y >= frames.height << shift) {
                Arrays.fill(patch, at, end, 0);
                continue;
            }
            long line = (frame * frames.height + (y >> shift)) * frames.width;
            if (wholeLines) {
                Arrays.fill(patch, at, at + from * padded, 0);
                copy(frames, line + window.left + from, to - from, patch, at + from * padded);
                Arrays.fill(patch, at + to * padded, end, 0);
            } else {
                Arrays.fill(patch, at, end, 0);
                for (int x = from; x < to; x++) {
                    copy(frames, line + ((window.left + x) >> shift), 1, patch, at + x * padded);
                }
            }
        }
    }

    private static void readWithEdges(Frames frames, long frame, Window window, int shift, float[] patch, int padded) {
        if (padded != frames.channels) Arrays.fill(patch, 0, window.rows * window.columns * padded, 0);
        for (int row = 0; row < window.rows; row++) {
            int y = Math.clamp(window.top + row, 0, (frames.height << shift) - 1) >> shift;
            long line = (frame * frames.height + y) * frames.width;
            for (int column = 0; column < window.columns; column++) {
                int x = Math.clamp(window.left + column, 0, (frames.width << shift) - 1) >> shift;
                copy(frames, line + x, 1, patch, (row * window.columns + column) * padded);
            }
        }
    }

    private static void copy(Frames frames, long pixel, int count, float[] patch, int at) {
        MemorySegment.copy(frames.memory, ValueLayout.JAVA_FLOAT, pixel * frames.channels * 4, patch, at,
                count * frames.channels);
    }

    /**
     * p → silu(p / ‖p‖ · gain), in place: zeros stay zeros.
     *
     * @param patch [pixels, channels]
     * @param gain [channels], whole vectors
     */
    void activate(float[] patch, int pixels, float[] gain) {
        int channels = gain.length;
        for (int at = 0; at < pixels * channels; at += channels) {
            float scale = 1 / Math.max(norm(patch, at, channels), (float) Input.SMALLEST_NORM);
            for (int c = 0; c < channels; c += LANES) {
                FloatVector y = FloatVector.fromArray(FLOATS, patch, at + c).mul(scale)
                        .mul(FloatVector.fromArray(FLOATS, gain, c));
                FloatVector u = y.mul(LOG2_E);
                FloatVector bounded = u.blend(LEAST, u.compare(VectorOperators.LT, LEAST));
                y.div(Exp2.ofMinus(bounded).add(1f)).intoArray(patch, at + c);
            }
        }
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
