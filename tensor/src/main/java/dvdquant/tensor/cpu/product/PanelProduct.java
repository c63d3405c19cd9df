package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Avx2;

import java.lang.foreign.MemorySegment;

/**
 * An f32 product on AVX2. The operand that is packed, whose rows or columns are contiguous, stands in panels of 16 columns, the last one filled
 * up with zeros: so many columns are written of each row of the result.
 *
 * @param arguments scratch of this thread's
 */
public record PanelProduct(Matmul.Spec spec, MemorySegment arguments) implements PackedProduct {
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
            long at = first * spec.weights().strideN();
            if (spec.weights().strideK() == 1) {
                Panels.pack(arguments, from, ElementType.F32, at, spec.weights().strideN(), columns, (int) spec.k(),
                        packed);
            } else {
                copy(from, at, columns, packed);
            }
        }
    }

    private void copy(MemorySegment from, long at, int columns, MemorySegment panel) {
        if (columns < WIDTH) panel.fill((byte) 0);
        for (int k = 0; k < spec.k(); k++) {
            MemorySegment.copy(from, (at + k * spec.weights().strideK()) * Float.BYTES, panel,
                    (long) k * WIDTH * Float.BYTES, (long) columns * Float.BYTES);
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
