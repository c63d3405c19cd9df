package dvdquant.tensor.cpu.code;

import dvdquant.tensor.cpu.code.Assembler.Address;
import dvdquant.tensor.cpu.code.Assembler.Condition;
import dvdquant.tensor.cpu.code.Assembler.Load;
import dvdquant.tensor.cpu.code.Assembler.Operation;
import dvdquant.tensor.cpu.code.Assembler.Register;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Turns 16 rows, of floats or of bf16, into a panel for {@link FloatTile}: 16 floats for each column. Eight rows and eight columns are turned
 * in registers at a time.
 */
public final class PanelPacker {
    /** Columns that are turned at a time. */
    public static final int COLUMNS = 8;

    private static final Register ARGUMENTS = Register.RDI;
    private static final Register FIRST = Register.RAX; // rows 0 … 2, then 3 … 5, then 6 and 7 of eight
    private static final Register FOURTH = Register.RSI;
    private static final Register SEVENTH = Register.RDX;
    private static final Register STRIDE = Register.RCX;
    private static final Register PANEL = Register.R8;
    private static final Register STEPS = Register.R9;
    private static final int PANEL_BYTES = TileKernel.COLUMNS * Float.BYTES;

    private final boolean bf16;
    private final MachineCode code;

    /** @param bf16 whether rows are of bf16, not of floats */
    public PanelPacker(boolean bf16) {
        this.bf16 = bf16;
        this.code = new MachineCode(code());
    }

    /**
     * @param arguments scratch, as {@link TileKernel#arguments} gives it
     * @param rows address of 16 rows, {@code stride} bytes apart
     * @param steps of {@link #COLUMNS} columns, 1 at least
     * @param panel address
     */
    public void pack(MemorySegment arguments, long rows, long stride, long steps, long panel) {
        half(arguments, rows, stride, steps, panel);
        half(arguments, rows + 8 * stride, stride, steps, panel + PANEL_BYTES / 2);
    }

    private void half(MemorySegment arguments, long rows, long stride, long steps, long panel) {
        long[] values = {rows, rows + 3 * stride, rows + 6 * stride, stride, panel, steps};
        MemorySegment.copy(values, 0, arguments, ValueLayout.JAVA_LONG, 0, values.length);
        code.call(arguments);
    }

    private byte[] code() {
        var to = new Assembler();
        Register[] loaded = {FIRST, FOURTH, SEVENTH, STRIDE, PANEL, STEPS};
        for (int i = 0; i < loaded.length; i++) {
            to.move(loaded[i], ARGUMENTS.at(8 * i));
        }
        int loop = to.here();
        for (int row = 0; row < 8; row++) {
            load(to, row);
        }
        turn(to);
        int rowBytes = COLUMNS * (bf16 ? Short.BYTES : Float.BYTES);
        to.add(FIRST, rowBytes);
        to.add(FOURTH, rowBytes);
        to.add(SEVENTH, rowBytes);
        to.add(PANEL, COLUMNS * PANEL_BYTES);
        to.add(STEPS, -1);
        to.jump(Condition.NOT_ZERO, loop);
        to.zeroUpperHalves();
        to.returnToCaller();
        return to.code();
    }

    private void load(Assembler to, int row) {
        Register base = row < 3 ? FIRST : row < 6 ? FOURTH : SEVENTH;
        Address at = row % 3 == 0 ? base.at(0) : base.plus(STRIDE, row % 3);
        to.load(bf16 ? Load.SHORTS_AS_INTS : Load.VECTOR, row, at);
        if (bf16) to.shiftIntsLeft(row, row, 16);
    }

    /** Registers 0 … 7, a row each, are written as columns. */
    private static void turn(Assembler to) {
        for (int pair = 0; pair < 4; pair++) { // 8 + …: neighbors of two rows
            to.operate(Operation.INTERLEAVE_LOW, 8 + 2 * pair, 2 * pair, 2 * pair + 1);
            to.operate(Operation.INTERLEAVE_HIGH, 9 + 2 * pair, 2 * pair, 2 * pair + 1);
        }
        for (int four = 0; four < 2; four++) { // 4 · four + c: column c, and c + 4, of four rows
            for (int high = 0; high < 2; high++) {
                int first = 8 + 4 * four + high;
                to.shuffle(4 * four + 2 * high, first, first + 2, 0b01_00_01_00);
                to.shuffle(4 * four + 2 * high + 1, first, first + 2, 0b11_10_11_10);
            }
        }
        for (int column = 0; column < 4; column++) {
            to.halves(8, column, 4 + column, 0, 2);
            to.halves(9, column, 4 + column, 1, 3);
            to.store(8, PANEL.at(column * PANEL_BYTES));
            to.store(9, PANEL.at((4 + column) * PANEL_BYTES));
        }
    }
}
