package dvdquant.tensor.cpu;

import dvdquant.tensor.cpu.code.TileKernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An f32 product on AVX2. Its packed operand stands in panels of 16 columns, the last one filled up with zeros: so many columns are written of
 * each row of the result.
 *
 * @param arguments scratch of this thread's
 */
record PanelProduct(Matmul.Spec spec, MemorySegment arguments) implements PackedProduct {
    /** Rows of a panel after which the next one's turn comes: they stay in the first cache. */
    private static final int DEPTH = 256;
    private static final int WIDTH = TileKernel.COLUMNS;

    private int panels() {
        return Math.toIntExact(Math.ceilDiv(spec.n(), WIDTH));
    }

    private long panelBytes() {
        return spec.k() * WIDTH * Float.BYTES;
    }

    @Override
    public long packedBytes() {
        return panels() * panelBytes();
    }

    @Override
    public void pack(MemorySegment from, MemorySegment to) {
        for (int panel = 0; panel < panels(); panel++) {
            int first = panel * WIDTH;
            int columns = (int) Math.min(WIDTH, spec.n() - first);
            MemorySegment packed = to.asSlice(panel * panelBytes(), panelBytes());
            if (columns < WIDTH) packed.fill((byte) 0);
            pack(from, first, columns, packed);
        }
    }

    private void pack(MemorySegment from, int first, int columns, MemorySegment panel) {
        long strideK = spec.weights().strideK();
        long strideN = spec.weights().strideN();
        for (int k = 0; k < spec.k(); k++) {
            long at = k * strideK + first * strideN;
            for (int n = 0; n < columns; n++) {
                panel.setAtIndex(ValueLayout.JAVA_FLOAT, (long) k * WIDTH + n,
                        from.getAtIndex(ValueLayout.JAVA_FLOAT, at + n * strideN));
            }
        }
    }

    @Override
    public void run(long source, long packed, long result) {
        for (int k = 0; k < spec.k(); k += DEPTH) {
            long depth = Math.min(DEPTH, spec.k() - k);
            for (int panel = 0; panel < panels(); panel++) {
                Avx2.FLOATS.multiply(arguments, source + k * 4L, spec.sourceStride() * 4, (int) spec.m(),
                        packed + panel * panelBytes() + (long) k * WIDTH * 4, depth, result + (long) panel * WIDTH * 4,
                        spec.resultStride() * 4, spec.add() || k > 0);
            }
        }
    }
}
