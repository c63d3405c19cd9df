package dvdquant.tensor.cpu.integer;

import dvdquant.tensor.cpu.code.CodePreparer;
import dvdquant.tensor.cpu.code.ShortTile;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Avx2;
import dvdquant.tensor.cpu.machine.Buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Products of 8-bit integers where there is no VNNI: as 16-bit ones, whose products AVX2 adds up in 32 bits. A panel holds 16 rows of the
 * weights, two columns after the other; columns are filled up with zeros to a pair, rows to 16.
 */
final class ShortProducts implements IntegerProducts.OfBytes {
    /** Steps of two columns after which the next panel's turn comes: a block's codes stay in the second cache. */
    private static final int STEPS = 1024;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments = TileKernel.arguments(arena);
    private final MemorySegment scratch = CodePreparer.arguments(arena);
    private final Buffer shorts = new Buffer();
    private int tokens;
    private int steps;

    private static int steps(int in) {
        return Math.ceilDiv(in, ShortTile.STEP);
    }

    @Override
    public long packedBytes(int rows, int in) {
        return (long) IntegerProducts.stride(rows) / TileKernel.COLUMNS * steps(in) * ShortTile.PANEL_BYTES;
    }

    @Override
    public void pack(MemorySegment values, int rows, int in, MemorySegment packed) {
        packed.fill((byte) 0);
        var row = new byte[in];
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(values, ValueLayout.JAVA_BYTE, (long) r * in, row, 0, in);
            long to = (long) r / TileKernel.COLUMNS * steps(in) * ShortTile.PANEL_BYTES + r % TileKernel.COLUMNS * 2L;
            for (int k = 0; k < in; k++) {
                packed.set(ValueLayout.JAVA_BYTE, to + k / 2 * ShortTile.PANEL_BYTES + k % 2, row[k]);
            }
        }
    }

    @Override
    public void prepare(MemorySegment codes, int tokens, int in) {
        this.tokens = tokens;
        this.steps = steps(in);
        long rowBytes = (long) steps * ShortTile.A_BYTES;
        MemorySegment memory = shorts.ofBytes(tokens * rowBytes);
        if (in % ShortTile.STEP == 0) {
            widen(codes, 0, memory, 0, (long) tokens * in);
            return;
        }
        for (int t = 0; t < tokens; t++) { // a row's last pair is filled up with a zero
            widen(codes, (long) t * in, memory, t * rowBytes, in);
            memory.set(ValueLayout.JAVA_SHORT, t * rowBytes + 2L * in, (short) 0);
        }
    }

    private void widen(MemorySegment codes, long from, MemorySegment shorts, long to, long count) {
        long steps = count / CodePreparer.WIDENED;
        if (steps > 0) Avx2.CODES.widen(scratch, codes.address() + from, steps, shorts.address() + to);
        for (long i = steps * CodePreparer.WIDENED; i < count; i++) {
            shorts.set(ValueLayout.JAVA_SHORT, to + 2 * i, codes.get(ValueLayout.JAVA_BYTE, from + i));
        }
    }

    @Override
    public void multiply(MemorySegment weights, int rows, MemorySegment sums) {
        long rowBytes = (long) steps * ShortTile.A_BYTES;
        long panelBytes = (long) steps * ShortTile.PANEL_BYTES;
        int stride = IntegerProducts.stride(rows);
        for (int step = 0; step < steps; step += STEPS) {
            long a = shorts.address() + (long) step * ShortTile.A_BYTES;
            long panel = weights.address() + (long) step * ShortTile.PANEL_BYTES;
            for (int row = 0; row < rows; row += TileKernel.COLUMNS) {
                Avx2.SHORTS.multiply(arguments, a, rowBytes, tokens, panel, Math.min(STEPS, steps - step),
                        sums.address() + row * 4L, stride * 4L, step > 0);
                panel += panelBytes;
            }
        }
    }

    @Override
    public void close() {
        arena.close();
        shorts.close();
    }
}
