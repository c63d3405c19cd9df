package dvdquant.tensor.cpu.code;

import dvdquant.tensor.cpu.code.Assembler.Address;
import dvdquant.tensor.cpu.code.Assembler.Condition;
import dvdquant.tensor.cpu.code.Assembler.Operation;
import dvdquant.tensor.cpu.code.Assembler.Register;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;

/**
 * Products of a tile with AVX2: c [rows, 16] = a [rows, K] · panel [K, 16]. Numbers of {@code a} are broadcast, and the sums of up to 6 rows
 * stay in 12 registers on the way over K. Rows of {@code a} lie as they like; a panel holds for each step what its 16 columns need.
 *
 * <p>A kernel is made once and used by all threads, each with {@link #arguments} of its own.
 */
public abstract sealed class TileKernel permits FloatTile, ShortTile, NibbleTile {
    /** Columns of a panel: two vectors. */
    public static final int COLUMNS = 16;
    /** Rows of a group: as many as leave registers for what is multiplied. */
    public static final int ROWS = 6;

    /** Registers of vectors: sums take 0 … 11. */
    static final int PANEL = 12;
    static final int BROADCAST = 14;
    static final int PRODUCT = 15;

    static final Register ARGUMENTS = Register.RDI;
    static final Register A = Register.RAX;
    static final Register PANELS = Register.RSI;
    static final Register C = Register.RDX;
    /** A count of steps, and scratch outside of the loop over them. */
    static final Register STEPS = Register.R9;
    private static final Register A_STRIDE = Register.RCX;
    private static final Register C_STRIDE = Register.R8;
    private static final Register GROUPS = Register.R10;
    private static final Register FOURTH_A = Register.R11; // the fourth row: its neighbors are one and two strides on
    private static final Register FOURTH_C = Register.RBX; // which belongs to the caller

    private static final int ARGUMENT_PANEL = 8;
    private static final int ARGUMENT_STEPS = 40;
    private static final int ARGUMENT_NEXT_A = 56;
    private static final int ARGUMENT_NEXT_C = 64;
    private static final int ARGUMENT_LOW_NIBBLES = 96;
    /** What {@link #arguments} take. */
    public static final int ARGUMENT_BYTES = 128;

    /** A vector of bytes 0x0F. */
    static final Address LOW_NIBBLES = ARGUMENTS.at(ARGUMENT_LOW_NIBBLES);

    private final int stepBytes;
    private final MachineCode[][] codes = new MachineCode[2][ROWS + 1];

    /** @param stepBytes of a row of {@code a} that a step reads */
    TileKernel(int stepBytes) {
        this.stepBytes = stepBytes;
        for (int rows = 1; rows <= ROWS; rows++) {
            codes[1][rows] = new MachineCode(code(rows, true));
            codes[0][rows] = alwaysAdds() ? codes[1][rows] : new MachineCode(code(rows, false));
        }
    }

    /** Whether there is no other form. */
    boolean alwaysAdds() {
        return false;
    }

    /** The loop over {@link #STEPS} steps, and what is done with the sums after it. */
    abstract void steps(Assembler to, int rows, boolean add);

    /** Memory for the arguments of a call. */
    public static MemorySegment arguments(Arena arena) {
        return prepared(arena.allocate(ARGUMENT_BYTES, Long.BYTES));
    }

    /** The same in native memory of {@link #ARGUMENT_BYTES} that somebody else owns. */
    public static MemorySegment arguments(MemorySegment memory) {
        return prepared(memory.asSlice(0, ARGUMENT_BYTES));
    }

    private static MemorySegment prepared(MemorySegment arguments) {
        arguments.asSlice(ARGUMENT_LOW_NIBBLES).fill((byte) 0x0F);
        return arguments;
    }

    /**
     * c = a · panel, or added to it.
     *
     * @param arguments scratch
     * @param a address of the rows, {@code aStride} bytes apart
     * @param panel address of {@code steps} steps, 1 at least
     * @param c address of the sums, 4 bytes each, {@code cStride} bytes apart
     */
    public final void multiply(MemorySegment arguments, long a, long aStride, int rows, long panel, long steps, long c,
            long cStride, boolean add) {
        int whole = rows / ROWS * ROWS;
        long[] values = {a, panel, c, aStride, cStride, steps, whole / ROWS, 0, 0};
        if (whole > 0) call(arguments, values, ROWS, add);
        if (rows == whole) return;
        values[0] += whole * aStride;
        values[2] += whole * cStride;
        values[6] = 1;
        call(arguments, values, rows - whole, add);
    }

    private void call(MemorySegment arguments, long[] values, int rows, boolean add) {
        values[7] = rows * values[3] - values[5] * stepBytes;
        values[8] = rows * values[4];
        MemorySegment.copy(values, 0, arguments, ValueLayout.JAVA_LONG, 0, values.length);
        codes[add ? 1 : 0][rows].call(arguments);
    }

    private byte[] code(int rows, boolean add) {
        var to = new Assembler();
        to.push(FOURTH_C);
        Register[] loaded = {A, PANELS, C, A_STRIDE, C_STRIDE, STEPS, GROUPS};
        for (int i = 0; i < loaded.length; i++) {
            to.move(loaded[i], ARGUMENTS.at(8 * i));
        }
        int group = to.here();
        to.move(PANELS, ARGUMENTS.at(ARGUMENT_PANEL));
        to.move(STEPS, ARGUMENTS.at(ARGUMENT_STEPS));
        pointToFourth(to, FOURTH_A, A, A_STRIDE);
        pointToFourth(to, FOURTH_C, C, C_STRIDE);
        steps(to, rows, add);
        to.move(STEPS, ARGUMENTS.at(ARGUMENT_NEXT_A));
        to.add(A, STEPS);
        to.move(STEPS, ARGUMENTS.at(ARGUMENT_NEXT_C));
        to.add(C, STEPS);
        to.add(GROUPS, -1);
        to.jump(Condition.NOT_ZERO, group);
        to.zeroUpperHalves();
        to.pop(FOURTH_C);
        to.returnToCaller();
        return to.code();
    }

    private static void pointToFourth(Assembler to, Register fourth, Register first, Register stride) {
        to.move(fourth, first);
        for (int i = 0; i < 3; i++) {
            to.add(fourth, stride);
        }
    }

    /** {@code bytes} on in a row of {@code a}. */
    static Address a(int row, int bytes) {
        return row(row < 3 ? A : FOURTH_A, A_STRIDE, row % 3).plus(bytes);
    }

    /** A vector of {@code c}. */
    static Address c(int row, int half) {
        return row(row < 3 ? C : FOURTH_C, C_STRIDE, row % 3).plus(32 * half);
    }

    private static Address row(Register base, Register stride, int row) {
        return row == 0 ? base.at(0) : base.plus(stride, row);
    }

    static void clear(Assembler to, int vectors) {
        for (int vector = 0; vector < vectors; vector++) {
            to.operate(Operation.XOR, vector, vector, vector);
        }
    }

    static void advance(Assembler to, int aBytes, int panelBytes) {
        to.add(A, aBytes);
        to.add(FOURTH_A, aBytes);
        to.add(PANELS, panelBytes);
    }

    /** {@link #STEPS} times what {@code some} writes for several steps, or for one. */
    static void loop(Assembler to, int unrolled, IntConsumer some) {
        to.add(STEPS, -unrolled);
        int few = to.jump(Condition.NEGATIVE);
        int loop = to.here();
        some.accept(unrolled);
        to.add(STEPS, -unrolled);
        to.jump(Condition.NOT_NEGATIVE, loop);
        to.land(few);
        to.add(STEPS, unrolled);
        int none = to.jump(Condition.ZERO);
        int rest = to.here();
        some.accept(1);
        to.add(STEPS, -1);
        to.jump(Condition.NOT_ZERO, rest);
        to.land(none);
    }

    /** {@link #STEPS} times what {@code one} writes, once at least. */
    static void loop(Assembler to, Runnable one) {
        int loop = to.here();
        one.run();
        to.add(STEPS, -1);
        to.jump(Condition.NOT_ZERO, loop);
    }

    /** Writes the sums of registers 0 … 2 · rows − 1. */
    static void store(Assembler to, int rows, boolean add, Operation addition) {
        for (int sum = 0; sum < 2 * rows; sum++) {
            if (add) to.operate(addition, sum, sum, c(sum / 2, sum % 2));
            to.store(sum, c(sum / 2, sum % 2));
        }
    }
}
