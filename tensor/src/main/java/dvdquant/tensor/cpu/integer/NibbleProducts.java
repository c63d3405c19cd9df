package dvdquant.tensor.cpu.integer;

import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Avx2;
import dvdquant.tensor.cpu.machine.Buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products with 4-bit codes, which rest as such: Σ (q − z) · m · x over a row is Σ m · q · x, by the codes as they are, and Σ m · (−z) · Σ x over each
 * few columns of one z and m, by a short product of sums of the activations' codes.
 *
 * @see NibblePanels
 */
final class NibbleProducts implements IntegerProducts {
    /** After so many the next panel's turn comes: a panel stays in the first cache, a block's codes in the second. */
    private static final int STEPS = 32;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments = TileKernel.arguments(arena);
    private final CodeSums codeSums = new CodeSums();
    private final Buffer padded = new Buffer();
    private MemorySegment codes = MemorySegment.NULL;
    private int tokens;
    /** Bytes from one token's codes to the next. */
    private int stride;

    /** Rows that do not end with a step are copied, and filled up with zeros. */
    @Override
    public void prepare(MemorySegment codes, int tokens, int in) {
        this.tokens = tokens;
        stride = Math.ceilDiv(in, NibbleTile.STEP) * NibbleTile.STEP;
        this.codes = stride == in ? codes : padded(codes, in);
        codeSums.prepare(this.codes, tokens, stride);
    }

    private MemorySegment padded(MemorySegment codes, int in) {
        MemorySegment rows = padded.ofBytes((long) tokens * stride);
        for (int t = 0; t < tokens; t++) {
            MemorySegment row = rows.asSlice((long) t * stride, stride);
            MemorySegment.copy(codes, (long) t * in, row, 0, in);
            row.asSlice(in).fill((byte) 0);
        }
        return rows;
    }

    @Override
    public void multiply(CpuQuantizedWeights weights, int stretch, MemorySegment sums) {
        int rows = weights.rows(stretch);
        long packed = weights.packed(stretch).address();
        var panels = new NibblePanels(rows, weights.in());
        long sumsStride = IntegerProducts.stride(rows) * 4L;
        for (int step = 0; step < panels.steps(); step += STEPS) {
            long a = codes.address() + (long) step * NibbleTile.STEP;
            int steps = Math.min(STEPS, panels.steps() - step);
            for (int row = 0; row < rows; row += TileKernel.COLUMNS) {
                long panel = packed + panels.offset(row);
                long c = sums.address() + row * 4L;
                if (step == 0) zeroPoints(panel, panels.zeroSteps(), c, sumsStride);
                Avx2.NIBBLES.multiply(arguments, a, stride, tokens,
                        panel + panels.zeroBytes() + (long) step * NibbleTile.PANEL_BYTES, steps, c, sumsStride, true);
            }
        }
    }

    private void zeroPoints(long panel, int steps, long c, long stride) {
        Avx2.SHORTS.multiply(arguments, codeSums.address(), codeSums.rowBytes(), tokens, panel, steps, c, stride,
                false);
    }

    @Override
    public void close() {
        arena.close();
        codeSums.close();
        padded.close();
    }
}
