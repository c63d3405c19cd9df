package dvdquant.tensor.cpu.convolution;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.cpu.machine.Workers;
import dvdquant.tensor.cpu.product.BatchProduct;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A kernel's weights as {@link BatchProduct} takes them: a row for each frame, tap and input channel, a column for each output channel. */
final class WeightMatrices {
    private WeightMatrices() {}

    /**
     * @param weight [out, in, frames, size, size], F32
     * @return [batch, frames · taps · in, out], in and out as the expansion has them, filled up with zeros
     */
    static Tensor of(Tensor weight, Expansion expansion, Workers workers) {
        BatchProduct.Sizes sizes = expansion.products();
        Tensor matrices = Tensor.zeros(ElementType.F32, sizes.batch(), sizes.depth(), sizes.columns());
        MemorySegment from = weight.contiguous().segment();
        MemorySegment to = matrices.segment();
        Convolution.Shape shape = expansion.shape();
        workers.forEach(shape.in(), channel -> {
            var kernel = new float[shape.size() * shape.size()];
            var entries = new float[expansion.cells().batch() * expansion.cells().taps()];
            for (long out = 0; out < shape.out(); out++) {
                for (int frame = 0; frame < shape.frames(); frame++) {
                    long first = ((out * shape.in() + channel) * shape.frames() + frame) * kernel.length;
                    MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, 4 * first, kernel, 0, kernel.length);
                    expansion.cells().weights(kernel, entries);
                    write(entries, to, expansion, frame, channel, out);
                }
            }
        });
        return matrices;
    }

    /** What one frame of a kernel for one input and one output channel became. */
    private static void write(float[] entries, MemorySegment to, Expansion expansion, int frame, long channel,
            long out) {
        int taps = expansion.cells().taps();
        for (int i = 0; i < entries.length; i++) {
            long row = ((long) i / taps * expansion.shape().frames() + frame) * taps + i % taps;
            to.set(ValueLayout.JAVA_FLOAT, 4 * ((row * expansion.in() + channel) * expansion.out() + out), entries[i]);
        }
    }
}
