package dvdquant.tensor.cpu.code;

import dvdquant.tensor.cpu.code.Assembler.Load;
import dvdquant.tensor.cpu.code.Assembler.Operation;

/**
 * 16-bit integers by 8-bit ones, summed in 32 bits. A step is two columns of {@code a}, and two bytes for each column of the panel. Products of
 * shorts are added in pairs, and a pair of 8-bit products is far from 32 bits' end.
 */
public final class ShortTile extends TileKernel {
    /** Columns of {@code a} in a step. */
    public static final int STEP = 2;
    /** Bytes of {@code a} in a step. */
    public static final int A_BYTES = STEP * Short.BYTES;
    /** Bytes of a panel in a step. */
    public static final int PANEL_BYTES = STEP * COLUMNS;

    public ShortTile() {
        super(A_BYTES);
    }

    @Override
    void steps(Assembler to, int rows, boolean add) {
        clear(to, 2 * rows);
        loop(to, 4, count -> {
            for (int step = 0; step < count; step++) {
                step(to, rows, step);
            }
            advance(to, count * A_BYTES, count * PANEL_BYTES);
        });
        store(to, rows, add, Operation.ADD_INTS);
    }

    private static void step(Assembler to, int rows, int step) {
        to.load(Load.BYTES_AS_SHORTS, PANEL, PANELS.at(PANEL_BYTES * step));
        to.load(Load.BYTES_AS_SHORTS, PANEL + 1, PANELS.at(PANEL_BYTES * step + 16));
        for (int row = 0; row < rows; row++) {
            to.load(Load.BROADCAST_4_BYTES, BROADCAST, a(row, A_BYTES * step));
            for (int half = 0; half < 2; half++) {
                to.operate(Operation.MULTIPLY_SHORT_PAIRS, PRODUCT, BROADCAST, PANEL + half);
                to.operate(Operation.ADD_INTS, 2 * row + half, 2 * row + half, PRODUCT);
            }
        }
    }
}
