package dvdquant.tensor.cpu.convolution;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A cell is a pixel of the result; its row holds all pixels that it sees, side by side.
 *
 * @param extent of the kernel along height and along width
 * @param step from one window to the next
 */
record Gathered(int extent, int step) implements Cells {
    @Override
    public int side() {
        return 1;
    }

    @Override
    public int batch() {
        return 1;
    }

    @Override
    public int taps() {
        return extent * extent;
    }

    @Override
    public void weights(float[] kernel, float[] into) {
        System.arraycopy(kernel, 0, into, 0, kernel.length);
    }

    @Override
    public void expand(float[] patch, int at, int rowStride, int channels, MemorySegment rows, long first,
            long matrixStride) {
        int count = extent * channels; // pixels of a row lie side by side
        for (int row = 0; row < extent; row++) {
            MemorySegment.copy(patch, at + row * rowStride, rows, ValueLayout.JAVA_FLOAT, first + 4L * row * count,
                    count);
        }
    }

    @Override
    public void collect(MemorySegment rows, long first, long matrixStride, int channels, float[] into) {
        MemorySegment.copy(rows, ValueLayout.JAVA_FLOAT, first, into, 0, channels);
    }
}
