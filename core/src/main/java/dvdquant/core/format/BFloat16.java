package dvdquant.core.format;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The upper half of a float: its sign, its 8 exponent bits and 7 of its fraction bits. The methods on one value are the definition;
 * that on a segment gives the same bits, many at a time.
 */
public final class BFloat16 {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(INTS.vectorBitSize() / 2));
    private static final int QUIET_NAN = 0x40;

    private BFloat16() {}

    /**
     * The same value as a float, exactly.
     *
     * @param bits of the value
     * @return the value
     */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /**
     * The nearest value, ties to even; beyond the largest, infinity. A NaN stays one and keeps its sign.
     *
     * @param value any
     * @return its bits
     */
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) return (short) (bits >>> 16 | QUIET_NAN);
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /**
     * Converts little-endian bf16 values at any alignment to floats in an array, from index {@code offset}. An array, and no
     * segment around it: code that meets segments of several kinds is not compiled to vectors.
     *
     * @param bf16 a whole number of values
     * @param floats takes them
     * @param offset of the first in {@code floats}
     * @throws IndexOutOfBoundsException if the array is shorter
     */
    public static void toFloats(MemorySegment bf16, float[] floats, int offset) {
        int count = Math.toIntExact(bf16.byteSize() / ElementType.BF16.sizeBytes());
        Objects.checkFromIndexSize(offset, count, floats.length);
        int i = 0;
        for (int bound = count - INTS.length(); i <= bound; i += INTS.length()) {
            ShortVector.fromMemorySegment(SHORTS, bf16, 2L * i, LittleEndian.ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0).reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
                    .intoArray(floats, offset + i);
        }
        for (; i < count; i++) {
            floats[offset + i] = toFloat(bf16.get(LittleEndian.SHORT, 2L * i));
        }
    }
}
