package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.code.PanelPacker;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Avx2;
import dvdquant.tensor.cpu.machine.FloatMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Panels for {@link dvdquant.tensor.cpu.code.FloatTile}: 16 rows, column by column, in f32. */
final class Panels {
    static final int ROWS = TileKernel.COLUMNS;

    private Panels() {}

    /** From one token's sums to the next: rows in whole panels. */
    static int stride(int rows) {
        return Math.ceilDiv(rows, ROWS) * ROWS;
    }

    static long bytes(int columns) {
        return (long) ROWS * columns * Float.BYTES;
    }

    /**
     * Packs some columns of up to 16 rows; those that are missing are zeros.
     *
     * @param arguments scratch of this thread's
     * @param type F32 or BF16
     * @param first element of {@code memory}
     * @param stride elements from one row to the next
     * @param panel takes {@link #bytes}
     */
    static void pack(MemorySegment arguments, MemorySegment memory, ElementType type, long first, long stride, int rows,
            int columns, MemorySegment panel) {
        int turned = rows == ROWS ? columns / PanelPacker.COLUMNS : 0;
        if (turned > 0) {
            long size = type.sizeBytes();
            PanelPacker packer = type == ElementType.BF16 ? Avx2.PACK_BF16 : Avx2.PACK_F32;
            packer.pack(arguments, memory.address() + first * size, stride * size, turned, panel.address());
        }
        if (rows < ROWS) panel.asSlice(0, bytes(columns)).fill((byte) 0);
        for (int r = 0; r < rows; r++) {
            for (int k = turned * PanelPacker.COLUMNS; k < columns; k++) {
                panel.setAtIndex(ValueLayout.JAVA_FLOAT, (long) k * ROWS + r,
                        FloatMemory.get(memory, type, first + r * stride + k));
            }
        }
    }
}
