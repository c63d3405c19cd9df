package dvdquant.core.quant.weights;

import dvdquant.core.format.BitPacking;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Expands packed weights to what an integer product takes: (q − z) · m as s8, zero point and multiplier folded. Owns scratch memory
 * of one row: one a thread.
 */
public final class WeightExpansion {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> PACKED = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(SHORTS.vectorBitSize() / 2));
    private static final int PAIRS = SHORTS.length();
    private static final int WEIGHTS = 2 * PAIRS;

    private final byte[] codes;
    private final int bits;

    /**
     * Takes the scratch memory.
     *
     * @param columns of each row
     * @param range of the codes, of which only the bits matter here
     */
    public WeightExpansion(int columns, CodeRange range) {
        this.codes = new byte[columns];
        this.bits = range.bits();
    }

    /**
     * Expands one row of packed codes.
     *
     * @param packed the row's codes, as {@link BitPacking} leaves them
     * @param offset of their first byte
     * @param zeroPoints z of each group of the row, unsigned
     * @param multipliers m of each group of the row
     * @param expanded takes [columns] bytes
     * @param to where the first is put
     * @throws IndexOutOfBoundsException if a segment is too short
     */
    public void expandRow(MemorySegment packed, long offset, byte[] zeroPoints, byte[] multipliers,
            MemorySegment expanded, long to) {
        int columns = codes.length / zeroPoints.length;
        boolean vectors = bits == 4 && columns % WEIGHTS == 0;
        if (!vectors) BitPacking.unpack(packed, offset, codes.length, bits, codes, 0);
        for (int group = 0; group < zeroPoints.length; group++) {
            int zero = Byte.toUnsignedInt(zeroPoints[group]);
            int first = group * columns;
            if (vectors) {
                nibbles(packed.asSlice(offset + first / 2, columns / 2), zero, multipliers[group],
                        expanded.asSlice(to + first, columns));
                continue;
            }
            for (int k = first; k < first + columns; k++) {
                expanded.set(ValueLayout.JAVA_BYTE, to + k,
                        (byte) ((Byte.toUnsignedInt(codes[k]) - zero) * multipliers[group]));
            }
        }
    }

    /** In shorts, since there is no product of bytes: the pair of a byte's nibbles becomes the low and the high byte. */
    private static void nibbles(MemorySegment packed, int zero, int multiplier, MemorySegment expanded) {
        short subtract = (short) (zero * multiplier);
        for (long i = 0; i < packed.byteSize(); i += PAIRS) {
            ShortVector pair = ByteVector.fromMemorySegment(PACKED, packed, i, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0).reinterpretAsShorts();
            ShortVector low = pair.and((short) 0x0F).mul((short) multiplier).sub(subtract).and((short) 0xFF);
            ShortVector high = pair.lanewise(VectorOperators.LSHR, 4).mul((short) multiplier).sub(subtract);
            low.or(high.lanewise(VectorOperators.LSHL, 8)).reinterpretAsBytes()
                    .intoMemorySegment(expanded, 2 * i, ByteOrder.LITTLE_ENDIAN);
        }
    }
}
