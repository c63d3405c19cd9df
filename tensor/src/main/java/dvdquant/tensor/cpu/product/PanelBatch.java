package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Avx2;

import java.lang.foreign.MemorySegment;

/** A batch of products on AVX2: columns of the weights stand in panels of 16. */
public final class PanelBatch implements BatchProduct {
    private static final int WIDTH = TileKernel.COLUMNS;
    /** Rows of a panel after which the next one's turn comes: they stay in the first cache. */
    private static final int DEPTH = 256;

    private final Sizes sizes;
    private final Tensor packed;

    public PanelBatch(Sizes sizes) {
        this.sizes = sizes;
        this.packed = Tensor.empty(ElementType.F32, sizes.batch(), sizes.columns() / WIDTH, sizes.depth(), WIDTH);
    }

    private long panelBytes() {
        return sizes.depth() * WIDTH * Float.BYTES;
    }

    @Override
    public void pack(Tensor weights) {
        MemorySegment from = weights.segment();
        MemorySegment to = packed.segment();
        long row = 0;
        for (long matrix = 0; matrix < sizes.batch(); matrix++) {
            long first = matrix * sizes.columns() / WIDTH * panelBytes();
            for (long k = 0; k < sizes.depth(); k++, row += sizes.columns() * Float.BYTES) {
                for (long panel = 0; panel < sizes.columns() / WIDTH; panel++) {
                    MemorySegment.copy(from, row + panel * WIDTH * Float.BYTES, to,
                            first + panel * panelBytes() + k * WIDTH * Float.BYTES, (long) WIDTH * Float.BYTES);
                }
            }
        }
    }

    /** The arguments of a call. */
    @Override
    public long scratchBytes() {
        return TileKernel.ARGUMENT_BYTES;
    }

    @Override
    public void run(long sourceAddress, long resultAddress, MemorySegment scratch) {
        MemorySegment arguments = TileKernel.arguments(scratch);
        long stride = sizes.columns() * Float.BYTES;
        long panel = packed.address();
        for (long matrix = 0; matrix < sizes.batch(); matrix++) {
            long source = sourceAddress + matrix * sizes.rows() * sizes.sourceStride() * Float.BYTES;
            long result = resultAddress + matrix * sizes.rows() * stride;
            for (long k = 0; k < sizes.depth(); k += DEPTH) {
                long depth = Math.min(DEPTH, sizes.depth() - k);
                for (long column = 0; column < sizes.columns() / WIDTH; column++) {
                    Avx2.FLOATS.multiply(arguments, source + k * Float.BYTES, sizes.sourceStride() * Float.BYTES,
                            (int) sizes.rows(), panel + column * panelBytes() + k * WIDTH * Float.BYTES, depth,
                            result + column * WIDTH * Float.BYTES, stride, k > 0);
                }
            }
            panel += sizes.columns() / WIDTH * panelBytes();
        }
    }
}
