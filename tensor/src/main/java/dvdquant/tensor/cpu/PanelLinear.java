package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.code.TileKernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The f32 or bf16 linear layer of one thread on AVX2, y = x · weightᵀ + bias, summed in f32 and rounded once, at the end. Numbers of the weights
 * are broadcast as they lie, a stretch of rows at a time; tokens stand in panels of 16, which all threads have packed before. 2 · tokens ·
 * in · out operations.
 */
final class PanelLinear implements AutoCloseable {
    /** Tokens that are multiplied at a time: the fewer, the more often weights are read, and bf16 ones turned to f32. */
    static final int TOKENS = 512;
    /** Rows of a stretch, at most: its sums (200 KiB) and weights (144 KiB) stay in a second cache of 512 KiB. */
    private static final int ROWS = 96;
    /** Columns after which the next panel's turn comes: a panel (24 KiB) stays in the first cache. */
    private static final int COLUMNS = 384;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments = TileKernel.arguments(arena);
    private final Buffer weights = new Buffer();
    private final Buffer sums = new Buffer();

    /**
     * Some tokens of a call.
     *
     * @param first token
     * @param tokens at most {@link #TOKENS}
     * @param x [all tokens, in] of {@code type}
     * @param panels takes {@link #panelBytes}
     * @param weight [out, in] of {@code type}
     * @param bias [out]
     * @param result [all tokens, out] of {@code type}
     * @param rows of a stretch
     */
    record Job(ElementType type, int first, int tokens, int in, int out, MemorySegment x, MemorySegment panels,
            MemorySegment weight, float[] bias, MemorySegment result, int rows) {
        int panelCount() {
            return Math.ceilDiv(tokens, TileKernel.COLUMNS);
        }

        int stretches() {
            return Math.ceilDiv(out, rows);
        }

        long panel(int index) {
            return (long) index * in * TileKernel.COLUMNS * Float.BYTES;
        }
    }

    static long panelBytes(int tokens, int in) {
        return Math.ceilDiv(tokens, TileKernel.COLUMNS) * (long) TileKernel.COLUMNS * in * Float.BYTES;
    }

    /** Rows of a stretch for a layer: such that no thread idles. */
    static int rows(int out, int threads) {
        int groups = Math.ceilDiv(Math.ceilDiv(out, 2 * threads), TileKernel.ROWS);
        return Math.min(ROWS, groups * TileKernel.ROWS);
    }

    /** Packs up to 16 tokens: column by column, what is missing as zeros. */
    static void pack(Job job, int panel) {
        int width = TileKernel.COLUMNS;
        int token = panel * width;
        int count = Math.min(width, job.tokens - token);
        var rows = new float[width * job.in];
        Rows.read(job.x, job.type, (long) (job.first + token) * job.in, rows, count * job.in);
        MemorySegment to = job.panels.asSlice(job.panel(panel), job.panel(1));
        for (int k = 0; k < job.in; k++) {
            for (int t = 0; t < width; t++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, (long) k * width + t, rows[t * job.in + k]);
            }
        }
    }

    /** All tokens times a stretch. */
    void run(Job job, int stretch) {
        int first = stretch * job.rows;
        int rows = Math.min(job.rows, job.out - first);
        // Not a power of two, so that the sums of a token share no places in the first cache.
        int stride = (job.panelCount() + 1) * TileKernel.COLUMNS;
        MemorySegment memory = sums.ofBytes((long) rows * stride * Float.BYTES);
        for (int k = 0; k < job.in; k += COLUMNS) {
            int columns = Math.min(COLUMNS, job.in - k);
            long from = (long) first * job.in + k;
            boolean inPlace = job.type == ElementType.F32;
            long a = inPlace ? job.weight.address() + from * Float.BYTES : inF32(job, from, rows, columns);
            long aStride = (inPlace ? job.in : columns) * (long) Float.BYTES;
            for (int panel = 0; panel < job.panelCount(); panel++) {
                long at = job.panels.address() + job.panel(panel) + (long) k * TileKernel.COLUMNS * Float.BYTES;
                Avx2.FLOATS.multiply(arguments, a, aStride, rows, at, columns,
                        memory.address() + (long) panel * TileKernel.COLUMNS * Float.BYTES, stride * 4L, k > 0);
            }
        }
        finish(job, first, rows, memory, stride);
    }

    /** The address of some columns of a stretch's weights in f32, row after row. */
    private long inF32(Job job, long from, int rows, int columns) {
        MemorySegment memory = weights.ofBytes((long) rows * columns * Float.BYTES);
        for (int row = 0; row < rows; row++) {
            Rows.toF32(job.weight, job.type, from + (long) row * job.in, memory, (long) row * columns, columns);
        }
        return memory.address();
    }

    /** Turns the sums, [rows, tokens], and adds the bias. */
    private static void finish(Job job, int first, int rows, MemorySegment sums, int stride) {
        var row = new float[rows];
        for (int t = 0; t < job.tokens; t++) {
            for (int n = 0; n < rows; n++) {
                row[n] = sums.getAtIndex(ValueLayout.JAVA_FLOAT, (long) n * stride + t) + job.bias[first + n];
            }
            Rows.write(row, job.result, job.type, (long) (job.first + t) * job.out + first, rows);
        }
    }

    @Override
    public void close() {
        arena.close();
        weights.close();
        sums.close();
    }
}
