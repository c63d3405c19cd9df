package dvdquant.tensor.cpu.code;

import dvdquant.tensor.cpu.code.Assembler.Load;
import dvdquant.tensor.cpu.code.Assembler.Operation;

/**
 * 8-bit integers by unsigned 4-bit codes, times a multiplier of each 64 columns, summed in 32 bits; always added to {@code c}.
 *
 * <p>A step is {@link #STEP} columns of {@code a}. In a step of the panel the multipliers stand first, each twice, in bytes. Then four bytes of a
 * column of the panel hold eight codes: the low nibbles those of the first four, the high ones those of the others. A code is 15 at
 * most, so that eight sums of two products stay under 2¹⁵ = 32,768 (8 · 2 · 15 · 128 = 30,720): they are added in 16 bits, then
 * multiplied and widened at once.
 */
public final class NibbleTile extends TileKernel {
    /** Columns of {@code a} in a step. */
    public static final int STEP = 64;
    /** Bytes of the multipliers in a step of the panel. */
    public static final int MULTIPLIER_BYTES = 2 * COLUMNS;
    /** Bytes of a panel in a step. */
    public static final int PANEL_BYTES = MULTIPLIER_BYTES + COLUMNS * STEP / 2;

    private static final int IN_SHORTS = 32; // columns of which 16 bits hold the sum
    private static final int EIGHT = 4 * COLUMNS; // bytes of the panel that eight columns take

    public NibbleTile() {
        super(STEP);
    }

    @Override
    boolean alwaysAdds() {
        return true;
    }

    @Override
    void steps(Assembler to, int rows, boolean add) {
        loop(to, () -> {
            for (int column = 0; column < STEP; column += 4) {
                codes(to, column / 4);
                for (int row = 0; row < rows; row++) {
                    to.load(Load.BROADCAST_4_BYTES, BROADCAST, a(row, column));
                    multiply(to, row, column % IN_SHORTS == 0);
                }
                if (column % IN_SHORTS == IN_SHORTS - 4) widen(to, rows);
            }
            advance(to, STEP, PANEL_BYTES);
        });
    }

    /** The codes of four columns, a byte each. */
    private static void codes(Assembler to, int four) {
        for (int half = 0; half < 2; half++) {
            to.load(Load.VECTOR, PANEL + half, PANELS.at(MULTIPLIER_BYTES + four / 2 * EIGHT + 32 * half));
            if (four % 2 == 1) to.shiftShortsRight(PANEL + half, PANEL + half, 4);
            to.operate(Operation.AND, PANEL + half, PANEL + half, LOW_NIBBLES);
        }
    }

    private static void multiply(Assembler to, int row, boolean first) {
        for (int half = 0; half < 2; half++) {
            int sum = 2 * row + half;
            to.operate(Operation.MULTIPLY_BYTE_PAIRS, first ? sum : PRODUCT, PANEL + half, BROADCAST);
            if (!first) to.operate(Operation.ADD_SHORTS, sum, sum, PRODUCT);
        }
    }

    private static void widen(Assembler to, int rows) {
        to.load(Load.BYTES_AS_SHORTS, PANEL, PANELS.at(0));
        to.load(Load.BYTES_AS_SHORTS, PANEL + 1, PANELS.at(16));
        for (int sum = 0; sum < 2 * rows; sum++) {
            to.operate(Operation.MULTIPLY_SHORT_PAIRS, sum, sum, PANEL + sum % 2);
        }
        store(to, rows, true, Operation.ADD_INTS);
    }
}
