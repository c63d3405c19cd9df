package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.machine.Buffer;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;

/**
 * A linear layer of numbers that are stored in fewer bits than products take: y = x · weightᵀ + bias by {@link FloatTiles}, rounded once, at the
 * end. One thread's. 2 · tokens · in · out operations.
 */
final class TiledLinear implements AutoCloseable {
    /** Tokens of a block, rows of a stretch and columns of a tile: 1 MiB of each operand in f32, which a quarter of a percent of the time makes. */
    private static final int TOKENS = 256;
    private static final int ROWS = 256;
    private static final int COLUMNS = 1024;

    private final FloatTiles tiles;
    private final Buffer sums = new Buffer();

    TiledLinear(engine engine) {
        tiles = new FloatTiles(engine);
    }

    /**
     * One call.
     *
     * @param x [tokens, in] of {@code type}
     * @param weight [out, in] of {@code type}
     * @param bias [out]
     * @param to for the result, of {@code type}
     */
    record Job(ElementType type, int tokens, int in, int out, MemorySegment x, MemorySegment weight, float[] bias,
            DenseLinear.Target to) {
        int blocks() {
            return Math.ceilDiv(tokens, TOKENS);
        }

        long tasks() {
            return (long) blocks() * Math.ceilDiv(out, ROWS);
        }
    }

    /** A stretch's blocks follow one another, so that its weights stay in the cache. */
    void run(Job job, long task) {
        int first = (int) (task / job.blocks()) * ROWS;
        int token = (int) (task % job.blocks()) * TOKENS;
        int rows = Math.min(ROWS, job.out - first);
        int tokens = Math.min(TOKENS, job.tokens - token);
        var x = new FloatTiles.Tile(job.x, job.type, (long) token * job.in, job.in, tokens, job.in);
        var weight = new FloatTiles.Tile(job.weight, job.type, (long) first * job.in, job.in, rows, job.in);
        MemorySegment memory = sums.ofBytes((long) tokens * rows * Float.BYTES);
        for (int k = 0; k < job.in; k += COLUMNS) {
            int columns = Math.min(COLUMNS, job.in - k);
            tiles.multiply(x.columns(k, columns), weight.columns(k, columns), memory, rows, k > 0);
        }
        job.to.write(new DenseLinear.Block(token, tokens, first, rows), memory, rows, job.bias, job.type);
    }

    @Override
    public void close() {
        tiles.close();
        sums.close();
    }
}
