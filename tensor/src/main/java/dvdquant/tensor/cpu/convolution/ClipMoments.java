package dvdquant.tensor.cpu.convolution;

import dvdquant.tensor.Moments;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.machine.Workers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sums over the pixels of a clip in one pass over its memory: in f64, where a sum of squares of floats loses nothing to that of the mean. The
 * stretches do not depend on the threads, and so neither do the results.
 */
public final class ClipMoments {
    private static final int STRETCHES = 64;
    private static final int LEAST_PIXELS = 4096;
    private static final int PIXELS_AT_ONCE = 4;

    private final int channels;
    private final double[] sums;
    private final double[] squares;

    private ClipMoments(int channels) {
        this.channels = channels;
        sums = new double[channels];
        squares = new double[channels];
    }

    /** @param x [1, channels, frames, height, width], F32 */
    public static Moments of(Tensor x, Workers workers) {
        int channels = Math.toIntExact(x.dim(1));
        long pixels = x.dim(2) * x.dim(3) * x.dim(4);
        long stretch = Math.max(LEAST_PIXELS, Math.ceilDiv(pixels, STRETCHES));
        var parts = new ClipMoments[(int) Math.ceilDiv(pixels, stretch)];
        try (var _ = TensorScope.open()) {
            MemorySegment memory = x.channelsLast3d().permute(0, 2, 3, 4, 1).segment();
            workers.forEach(parts.length, part -> {
                var moments = new ClipMoments(channels);
                moments.add(memory, part * stretch, Math.min(pixels, (part + 1) * stretch));
                parts[(int) part] = moments;
            });
        }
        var all = new ClipMoments(channels);
        for (ClipMoments part : parts) {
            all.add(part);
        }
        return all.over(pixels);
    }

    private void add(MemorySegment memory, long first, long end) {
        var values = new float[PIXELS_AT_ONCE * channels];
        for (long pixel = first; pixel < end; pixel += PIXELS_AT_ONCE) {
            int count = (int) Math.min(PIXELS_AT_ONCE, end - pixel);
            MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, pixel * channels * Float.BYTES, values, 0,
                    count * channels);
            for (int i = 0; i < count; i++) {
                addPixel(values, i * channels);
            }
        }
    }

    private void addPixel(float[] values, int at) {
        for (int c = 0; c < channels; c++) {
            double value = values[at + c];
            sums[c] += value;
            squares[c] += value * value;
        }
    }

    private void add(ClipMoments other) {
        for (int c = 0; c < channels; c++) {
            sums[c] += other.sums[c];
            squares[c] += other.squares[c];
        }
    }

    private Moments over(long pixels) {
        for (int c = 0; c < channels; c++) {
            sums[c] /= pixels;
            squares[c] = Math.max(0, squares[c] / pixels - sums[c] * sums[c]);
        }
        return new Moments(sums, squares);
    }
}
