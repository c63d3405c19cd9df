package dvdquant.tensor.cpu;

import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.ShortTile;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Sums of a block's codes over each {@link NibbleTile#STEP} columns, as shorts: what zero points are multiplied by. */
final class CodeSums implements AutoCloseable {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;
    private static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, VectorShape.S_128_BIT);

    private final Buffer sums = new Buffer();
    private long rowBytes;

    /** @param codes [tokens, in] bytes */
    void prepare(MemorySegment codes, int tokens, int in) {
        int steps = in / NibbleTile.STEP;
        rowBytes = (long) Math.ceilDiv(steps, ShortTile.STEP) * ShortTile.A_BYTES;
        MemorySegment memory = sums.ofBytes(tokens * rowBytes);
        for (int t = 0; t < tokens; t++) {
            sum(codes, (long) t * in, steps, memory, t * rowBytes);
            if (steps % 2 == 1) memory.set(ValueLayout.JAVA_SHORT, t * rowBytes + 2L * steps, (short) 0);
        }
    }

    long address() {
        return sums.address();
    }

    long rowBytes() {
        return rowBytes;
    }

    private static void sum(MemorySegment codes, long from, int steps, MemorySegment sums, long to) {
        for (int step = 0; step < steps; step++) {
            ShortVector sum = ShortVector.zero(SHORTS);
            for (int i = 0; i < NibbleTile.STEP; i += SHORTS.length()) {
                sum = sum.add(ByteVector
                        .fromMemorySegment(BYTES, codes, from + (long) step * NibbleTile.STEP + i,
                                ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.B2S, SHORTS, 0).reinterpretAsShorts());
            }
            sums.set(ValueLayout.JAVA_SHORT, to + 2L * step, sum.reduceLanes(VectorOperators.ADD));
        }
    }

    @Override
    public void close() {
        sums.close();
    }
}
