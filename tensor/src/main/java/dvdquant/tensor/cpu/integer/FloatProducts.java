package dvdquant.tensor.cpu.integer;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.product.FloatTiles;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Products of 8-bit integers by f32's, for processors older than AVX2. Over {@link #EXACT} columns no partial sum passes 2²⁴ = 128 · 128 ·
 * 1,024, so that each is an integer that f32 holds; what such stretches give is added up in 32 bits.
 */
final class FloatProducts implements IntegerProducts.OfBytes {
    private static final int EXACT = 1024;

    private final FloatTiles tiles;
    private final Buffer partial = new Buffer();
    private FloatTiles.Tile block;

    FloatProducts(engine engine) {
        tiles = new FloatTiles(engine);
    }

    @Override
    public long packedBytes(int rows, int in) {
        return (long) rows * in;
    }

    @Override
    public void pack(MemorySegment values, int rows, int in, MemorySegment packed) {
        MemorySegment.copy(values, 0, packed, 0, packedBytes(rows, in));
    }

    @Override
    public void prepare(MemorySegment codes, int tokens, int in) {
        block = new FloatTiles.Tile(codes, ElementType.I8, 0, in, tokens, in);
    }

    @Override
    public void multiply(MemorySegment weights, int rows, MemorySegment sums) {
        int in = block.columns();
        int stride = IntegerProducts.stride(rows);
        var stretch = new FloatTiles.Tile(weights, ElementType.I8, 0, in, rows, in);
        MemorySegment products = partial.ofBytes((long) block.rows() * stride * Float.BYTES);
        for (int k = 0; k < in; k += EXACT) {
            int columns = Math.min(EXACT, in - k);
            tiles.multiply(block.columns(k, columns), stretch.columns(k, columns), products, stride, false);
            add(products, sums, (long) block.rows() * stride, k > 0);
        }
    }

    private static void add(MemorySegment products, MemorySegment sums, long count, boolean toEarlier) {
        for (long i = 0; i < count; i++) {
            int sum = (int) products.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            sums.setAtIndex(ValueLayout.JAVA_INT, i, toEarlier ? sums.getAtIndex(ValueLayout.JAVA_INT, i) + sum : sum);
        }
    }

    @Override
    public void close() {
        tiles.close();
        partial.close();
    }
}
