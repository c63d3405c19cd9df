package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.machine.FloatMemory;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;

/**
 * Products in f32 of numbers that are stored in fewer bits, for processors that have no products of those: a tile of each operand is
 * turned to f32 in the cache and multiplied there. One thread's.
 */
public final class FloatTiles implements AutoCloseable {
    private final Products products;
    private final Buffer left = new Buffer();
    private final Buffer right = new Buffer();

    public FloatTiles(engine engine) {
        products = new Products(engine);
    }

    /**
     * Part of a matrix.
     *
     * @param type F32, BF16 or I8
     * @param first element of the matrix
     * @param stride elements from one row to the next
     */
    public record Tile(MemorySegment memory, ElementType type, long first, long stride, int rows, int columns) {
        public Tile columns(int from, int count) {
            return new Tile(memory, type, first + from, stride, rows, count);
        }
    }

    /**
     * result [left.rows, right.rows] = left · rightᵀ, or added to it.
     *
     * @param right of as many columns as {@code left}
     * @param result F32, {@code resultStride} elements from one row to the next
     */
    public void multiply(Tile left, Tile right, MemorySegment result, long resultStride, boolean add) {
        Tile a = inF32(left, this.left);
        Tile b = inF32(right, this.right);
        var spec = new Matmul.Spec(a.rows, a.columns, b.rows, ElementType.F32, ElementType.F32, a.stride, resultStride,
                new Matmul.Weights(1, b.stride, false), false, add);
        products.get(spec).run(address(a), address(b), result.address());
    }

    private static long address(Tile tile) {
        return tile.memory.address() + tile.first * Float.BYTES;
    }

    private static Tile inF32(Tile tile, Buffer buffer) {
        if (tile.type == ElementType.F32) return tile;
        MemorySegment memory = buffer.ofBytes((long) tile.rows * tile.columns * Float.BYTES);
        for (int row = 0; row < tile.rows; row++) {
            FloatMemory.toF32(tile.memory, tile.type, tile.first + row * tile.stride, memory, (long) row * tile.columns,
                    tile.columns);
        }
        return new Tile(memory, ElementType.F32, 0, tile.columns, tile.rows, tile.columns);
    }

    @Override
    public void close() {
        products.close();
        left.close();
        right.close();
    }
}
