package dvdquant.tensor.cpu.integer;

import dvdquant.tensor.cpu.code.CodePreparer;
import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.ShortTile;
import dvdquant.tensor.cpu.machine.Avx2;
import dvdquant.tensor.cpu.machine.Buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Sums of a block's codes over each {@link NibbleTile#STEP} columns, as shorts: what zero points are multiplied by. */
final class CodeSums implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments = CodePreparer.arguments(arena);
    private final Buffer sums = new Buffer();
    private long rowBytes;

    /** @param codes [tokens, in] bytes */
    void prepare(MemorySegment codes, int tokens, int in) {
        int steps = in / NibbleTile.STEP;
        rowBytes = (long) Math.ceilDiv(steps, ShortTile.STEP) * ShortTile.A_BYTES;
        MemorySegment memory = sums.ofBytes(tokens * rowBytes + CodePreparer.BEYOND);
        if (steps % ShortTile.STEP == 0) {
            Avx2.CODES.sum(arguments, codes.address(), (long) tokens * steps, memory.address());
            return;
        }
        for (int t = 0; t < tokens; t++) { // a row's last pair is filled up with a zero, before the next row is written over the rest
            Avx2.CODES.sum(arguments, codes.address() + (long) t * in, steps, memory.address() + t * rowBytes);
            memory.set(ValueLayout.JAVA_SHORT, t * rowBytes + 2L * steps, (short) 0);
        }
    }

    long address() {
        return sums.address();
    }

    long rowBytes() {
        return rowBytes;
    }

    @Override
    public void close() {
        arena.close();
        sums.close();
    }
}
