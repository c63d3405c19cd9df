package dvdquant.tensor.cpu.code;

import dvdquant.tensor.cpu.code.Assembler.Condition;
import dvdquant.tensor.cpu.code.Assembler.Load;
import dvdquant.tensor.cpu.code.Assembler.Operation;
import dvdquant.tensor.cpu.code.Assembler.Register;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** What 8-bit codes are turned to before {@link ShortTile} and {@link NibbleTile} multiply them. */
public final class CodePreparer {
    /** Codes that {@link #widen} takes at a time. */
    public static final int WIDENED = 16;
    /** Bytes that {@link #sum} may write beyond its last sum. */
    public static final int BEYOND = 30;

    private static final int ARGUMENT_ONES = 32;
    private static final int ARGUMENT_BYTES = ARGUMENT_ONES + 2 * 32;

    private static final Register ARGUMENTS = Register.RDI;
    private static final Register CODES = Register.RSI;
    private static final Register RESULT = Register.RDX;
    private static final Register STEPS = Register.R9;

    private final MachineCode widen = new MachineCode(loop(CodePreparer::widen));
    private final MachineCode sum = new MachineCode(loop(CodePreparer::sum));

    /** Memory for the arguments of a call. */
    public static MemorySegment arguments(Arena arena) {
        MemorySegment arguments = arena.allocate(ARGUMENT_BYTES, Long.BYTES);
        arguments.asSlice(ARGUMENT_ONES, 32).fill((byte) 1);
        for (long i = 0; i < 16; i++) {
            arguments.set(ValueLayout.JAVA_SHORT, ARGUMENT_ONES + 32 + 2 * i, (short) 1);
        }
        return arguments;
    }

    /**
     * Bytes to 16-bit integers.
     *
     * @param arguments scratch
     * @param codes address of {@code steps} times {@link #WIDENED} bytes, 1 step at least
     * @param shorts address of as many 16-bit integers
     */
    public void widen(MemorySegment arguments, long codes, long steps, long shorts) {
        call(widen, arguments, codes, steps, shorts);
    }

    /**
     * Sums of each {@link NibbleTile#STEP} codes, as 16-bit integers.
     *
     * @param arguments scratch
     * @param codes address of {@code steps} times as many bytes, 1 step at least
     * @param sums address of {@code steps} 16-bit integers, and of {@link #BEYOND} bytes more
     */
    public void sum(MemorySegment arguments, long codes, long steps, long sums) {
        call(sum, arguments, codes, steps, sums);
    }

    private static void call(MachineCode code, MemorySegment arguments, long codes, long steps, long result) {
        long[] values = {codes, result, steps};
        MemorySegment.copy(values, 0, arguments, ValueLayout.JAVA_LONG, 0, values.length);
        code.call(arguments);
    }

    private static byte[] loop(Consumer<Assembler> step) {
        var to = new Assembler();
        to.move(CODES, ARGUMENTS.at(0));
        to.move(RESULT, ARGUMENTS.at(8));
        to.move(STEPS, ARGUMENTS.at(16));
        int loop = to.here();
        step.accept(to);
        to.add(STEPS, -1);
        to.jump(Condition.NOT_ZERO, loop);
        to.zeroUpperHalves();
        to.returnToCaller();
        return to.code();
    }

    private static void widen(Assembler to) {
        to.load(Load.BYTES_AS_SHORTS, 0, CODES.at(0));
        to.store(0, RESULT.at(0));
        to.add(CODES, WIDENED);
        to.add(RESULT, WIDENED * Short.BYTES);
    }

    /** Ones times codes, added up: in pairs, in fours, in eights, and those of a vector in any place of it. */
    private static void sum(Assembler to) {
        to.load(Load.VECTOR, 0, ARGUMENTS.at(ARGUMENT_ONES));
        to.operate(Operation.MULTIPLY_BYTE_PAIRS, 1, 0, CODES.at(0));
        to.operate(Operation.MULTIPLY_BYTE_PAIRS, 2, 0, CODES.at(32));
        to.operate(Operation.ADD_SHORTS, 1, 1, 2);
        to.operate(Operation.MULTIPLY_SHORT_PAIRS, 1, 1, ARGUMENTS.at(ARGUMENT_ONES + 32));
        to.operate(Operation.ADD_NEIGHBORS, 1, 1, 1);
        to.operate(Operation.ADD_NEIGHBORS, 1, 1, 1);
        to.halves(2, 1, 1, 1, 0);
        to.operate(Operation.ADD_INTS, 1, 1, 2);
        to.store(1, RESULT.at(0)); // of which the lower half of the first number stays: the next step writes over the rest
        to.add(CODES, NibbleTile.STEP);
        to.add(RESULT, Short.BYTES);
    }
}
