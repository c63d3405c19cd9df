package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Avx2;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.machine.FloatMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The f32 or bf16 linear layer of one thread on AVX2, y = x · weightᵀ + bias, summed in f32 and rounded once, at the end. Tokens are copied,
 * as f32, by the columns that are multiplied at a time, for all threads; each packs the weights of its stretch where it multiplies by them. 2 ·
 * tokens · in · out operations.
 */
final class PanelLinear implements AutoCloseable {
    /** Tokens that are copied at a time. */
    static final int COPIED = 960;
    /** Tokens of a block, at most, and columns multiplied at a time: 240 KiB of it stay in a second cache of 512 KiB. */
    private static final int TOKENS = 240;
    /** A panel of 16 KiB stays in the first cache. */
    private static final int COLUMNS = 256;
    /** Rows of a stretch, at most; a block has 90 KiB of its sums. */
    private static final int ROWS = 96;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments = TileKernel.arguments(arena);
    private final Buffer panel = new Buffer();
    private final Buffer sums = new Buffer();

    /**
     * Some tokens of a call.
     *
     * @param first token
     * @param tokens at most {@link #COPIED}
     * @param x [all tokens, in] of {@code type}
     * @param copy takes [tokens, in] F32
     * @param weight [out, in] of {@code type}
     * @param bias [out]
     * @param to for the result, of {@code type}
     * @param rows of a stretch
     */
    record Job(ElementType type, int first, int tokens, int in, int out, MemorySegment x, MemorySegment copy,
            MemorySegment weight, float[] bias, DenseLinear.Target to, int rows) {
        int blocks() {
            return Math.ceilDiv(tokens, TOKENS);
        }

        int tasks() {
            return Math.ceilDiv(out, rows) * blocks();
        }

        /** Where column {@code k} of a token is in the copy, in elements; {@code k} begins what is multiplied at a time. */
        private long copied(int token, int k) {
            return (long) k * tokens + (long) token * Math.min(COLUMNS, in - k);
        }
    }

    /** Rows of a stretch for a layer: whole panels, and such that no thread idles. */
    static int rows(int out, int threads) {
        int panels = Math.ceilDiv(Math.ceilDiv(out, 2 * threads), Panels.ROWS);
        return Math.min(ROWS, panels * Panels.ROWS);
    }

    /** Copies a token. */
    static void copy(Job job, int token) {
        for (int k = 0; k < job.in; k += COLUMNS) {
            FloatMemory.toF32(job.x, job.type, (long) (job.first + token) * job.in + k, job.copy, job.copied(token, k),
                    Math.min(COLUMNS, job.in - k));
        }
    }

    /** A block of tokens times a stretch; a stretch's blocks follow one another. */
    void run(Job job, int task) {
        int first = task / job.blocks() * job.rows;
        int rows = Math.min(job.rows, job.out - first);
        int token = task % job.blocks() * TOKENS;
        int tokens = Math.min(TOKENS, job.tokens - token);
        int stride = Panels.stride(rows);
        MemorySegment memory = sums.ofBytes((long) tokens * stride * Float.BYTES);
        MemorySegment packed = panel.ofBytes(Panels.bytes(COLUMNS));
        for (int k = 0; k < job.in; k += COLUMNS) {
            int columns = Math.min(COLUMNS, job.in - k);
            long a = job.copy.address() + job.copied(token, k) * Float.BYTES;
            for (int n = 0; n < rows; n += Panels.ROWS) {
                Panels.pack(arguments, job.weight, job.type, (long) (first + n) * job.in + k, job.in,
                        Math.min(Panels.ROWS, rows - n), columns, packed);
                Avx2.FLOATS.multiply(arguments, a, (long) columns * Float.BYTES, tokens, packed.address(), columns,
                        memory.address() + (long) n * Float.BYTES, (long) stride * Float.BYTES, k > 0);
            }
        }
        job.to.write(new DenseLinear.Block(job.first + token, tokens, first, rows), memory, stride, job.bias, job.type);
    }

    @Override
    public void close() {
        arena.close();
        panel.close();
        sums.close();
    }
}
