package dvdquant.tensor.cpu.code;

import dvdquant.core.testing.Seeds;
import dvdquant.tensor.cpu.machine.InstructionSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The machine code against plain loops over small integers, of which every order of summing gives the same. */
class TileKernelTest {
    private static final int SENTINEL = 0x5EA1ED;

    private final Arena arena = Arena.ofConfined();
    private final RandomGenerator random = Seeds.random(1);
    private MemorySegment arguments;

    @BeforeEach
    void open() {
        assumeTrue(InstructionSet.effective().hasAvx2(), "no AVX2 here: its kernels are not run");
        arguments = TileKernel.arguments(arena);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private MemorySegment bytes(long count, int from, int to) {
        MemorySegment memory = arena.allocate(count, 64);
        for (long i = 0; i < count; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(from, to));
        }
        return memory;
    }

    private MemorySegment floats(long count) {
        MemorySegment memory = arena.allocate(count * Float.BYTES, 64);
        for (long i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextInt(-9, 10));
        }
        return memory;
    }

    /** Sums with a column beside each row that must stay as it is. */
    private MemorySegment sums(int rows) {
        MemorySegment memory = arena.allocate(rows * 17L * Integer.BYTES, 64);
        for (int row = 0; row < rows; row++) {
            memory.setAtIndex(ValueLayout.JAVA_INT, row * 17L + 16, SENTINEL);
        }
        return memory;
    }

    private void run(TileKernel kernel, MemorySegment a, long aStride, int rows, MemorySegment panel, int steps,
            MemorySegment c, boolean add) {
        kernel.multiply(arguments, a.address(), aStride, rows, panel.address(), steps, c.address(), 17 * 4, add);
        for (int row = 0; row < rows; row++) {
            assertThat(c.getAtIndex(ValueLayout.JAVA_INT, row * 17L + 16)).isEqualTo(SENTINEL);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "3, 4", "4, 5", "5, 7", "6, 8", "7, 100", "12, 2", "13, 33", "96, 129"})
    void floatsTimesFloats(int rows, int steps) {
        var kernel = new FloatTile();
        MemorySegment a = floats((long) rows * (steps + 1)); // rows that are further apart than they are long
        MemorySegment panel = floats(16L * steps);
        MemorySegment c = sums(rows);
        run(kernel, a, (steps + 1) * 4L, rows, panel, steps, c, false);
        run(kernel, a, (steps + 1) * 4L, rows, panel, steps, c, true);
        for (int row = 0; row < rows; row++) {
            for (int n = 0; n < 16; n++) {
                float sum = 0;
                for (int k = 0; k < steps; k++) {
                    sum += a.getAtIndex(ValueLayout.JAVA_FLOAT, row * (steps + 1L) + k)
                            * panel.getAtIndex(ValueLayout.JAVA_FLOAT, k * 16L + n);
                }
                assertThat(c.getAtIndex(ValueLayout.JAVA_FLOAT, row * 17L + n)).isEqualTo(2 * sum);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "3, 4", "4, 5", "5, 7", "6, 8", "7, 100", "12, 2", "13, 33", "96, 129"})
    void shortsTimesBytes(int rows, int steps) {
        var kernel = new ShortTile();
        MemorySegment codes = bytes(2L * rows * steps, -128, 128);
        MemorySegment a = arena.allocate(4L * rows * steps, 64);
        for (long i = 0; i < codes.byteSize(); i++) {
            a.setAtIndex(ValueLayout.JAVA_SHORT, i,
                    (short) (codes.get(ValueLayout.JAVA_BYTE, i) * (i % 7 == 0 ? 256 : 1)));
        }
        MemorySegment panel = bytes(32L * steps, -128, 128);
        MemorySegment c = sums(rows);
        run(kernel, a, 4L * steps, rows, panel, steps, c, false);
        run(kernel, a, 4L * steps, rows, panel, steps, c, true);
        for (int row = 0; row < rows; row++) {
            for (int n = 0; n < 16; n++) {
                int sum = 0;
                for (int k = 0; k < 2 * steps; k++) {
                    sum += a.getAtIndex(ValueLayout.JAVA_SHORT, row * 2L * steps + k)
                            * panel.get(ValueLayout.JAVA_BYTE, k / 2 * 32L + 2 * n + k % 2);
                }
                assertThat(c.getAtIndex(ValueLayout.JAVA_INT, row * 17L + n)).isEqualTo(2 * sum);
            }
        }
    }

    /** The largest codes and multipliers are among them: 16 bits do not saturate on the way. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "3, 1", "4, 2", "5, 1", "6, 4", "7, 10", "12, 2", "13, 3", "96, 5"})
    void bytesTimesNibbles(int rows, int steps) {
        var kernel = new NibbleTile();
        int in = steps * NibbleTile.STEP;
        MemorySegment a = bytes((long) rows * in, -128, 128);
        a.asSlice(0, in).fill((byte) -128);
        a.asSlice((rows - 1L) * in, in).fill((byte) 127);
        MemorySegment panel = bytes((long) steps * NibbleTile.PANEL_BYTES, -128, 128);
        for (int step = 0; step < steps; step++) {
            long from = (long) step * NibbleTile.PANEL_BYTES;
            if (step % 2 == 0) panel.asSlice(from, NibbleTile.PANEL_BYTES).fill((byte) 0xFF);
            for (int n = 0; n < 32; n++) {
                panel.set(ValueLayout.JAVA_BYTE, from + n, (byte) (step % 2 == 0 ? 8 : 1 + n / 2 % 8));
            }
        }
        MemorySegment c = sums(rows);
        run(kernel, a, in, rows, panel, steps, c, true);
        for (int row = 0; row < rows; row++) {
            for (int n = 0; n < 16; n++) {
                int sum = 0;
                for (int k = 0; k < in; k++) {
                    sum += a.get(ValueLayout.JAVA_BYTE, (long) row * in + k) * weight(panel, k, n);
                }
                assertThat(c.getAtIndex(ValueLayout.JAVA_INT, row * 17L + n)).isEqualTo(sum);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "7", "100"})
    void codesAreWidenedAndSummed(int steps) {
        var preparer = new CodePreparer();
        MemorySegment scratch = CodePreparer.arguments(arena);
        int count = steps * NibbleTile.STEP;
        MemorySegment codes = bytes(count, -128, 128);
        codes.asSlice(0, NibbleTile.STEP).fill((byte) -128);
        MemorySegment shorts = arena.allocate(2L * count);
        preparer.widen(scratch, codes.address(), count / CodePreparer.WIDENED, shorts.address());
        MemorySegment sums = arena.allocate(2L * steps + CodePreparer.BEYOND);
        preparer.sum(scratch, codes.address(), steps, sums.address());
        for (int step = 0; step < steps; step++) {
            int sum = 0;
            for (long i = (long) step * NibbleTile.STEP; i < (step + 1L) * NibbleTile.STEP; i++) {
                assertThat(shorts.getAtIndex(ValueLayout.JAVA_SHORT, i)).isEqualTo(codes.get(ValueLayout.JAVA_BYTE, i));
                sum += codes.get(ValueLayout.JAVA_BYTE, i);
            }
            assertThat(sums.getAtIndex(ValueLayout.JAVA_SHORT, step)).isEqualTo((short) sum);
        }
    }

    private static int weight(MemorySegment panel, int k, int n) {
        long step = (long) k / NibbleTile.STEP * NibbleTile.PANEL_BYTES;
        int multiplier = panel.get(ValueLayout.JAVA_BYTE, step + 2 * n);
        int pair = Byte.toUnsignedInt(panel.get(ValueLayout.JAVA_BYTE,
                step + NibbleTile.MULTIPLIER_BYTES + k % NibbleTile.STEP / 8 * 64 + 4 * n + k % 4));
        return multiplier * (k % 8 < 4 ? pair & 0xF : pair >> 4);
    }
}
