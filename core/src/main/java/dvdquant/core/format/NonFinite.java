package dvdquant.core.format;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Finds NaN and infinite values, fast enough to look at every weight of a model when it is loaded. */
public final class NonFinite {
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final int STEP = 4 * BYTES.length();

    private NonFinite() {}

    /**
     * The index of the first element that is NaN or infinite, or −1 if all are finite. Integers always are.
     *
     * @param data little-endian elements, at any alignment
     * @param type of the elements
     * @return an index of elements, or −1
     * @throws IllegalArgumentException if {@code data} is not a whole number of elements
     */
    public static long indexOf(MemorySegment data, ElementType type) {
        if (data.byteSize() % type.sizeBytes() != 0) {
            throw new IllegalArgumentException(data.byteSize() + " bytes are not a whole number of " + type);
        }
        if (!type.isFloatingPoint()) return -1;
        long finite = switch (type) {
            case BF16 -> finiteShorts(data, (short) 0x7F80);
            case F16 -> finiteShorts(data, (short) 0x7C00);
            case F32 -> finiteFloats(data);
            default -> 0;
        };
        return indexOf(data, type, finite / type.sizeBytes());
    }

    /**
     * The same one by one: sooner compiled than {@link #indexOf}, so faster for the little that a program looks at but once, right
     * after its start.
     *
     * @param data little-endian elements, at any alignment
     * @param type of the elements
     * @return an index of elements, or −1
     */
    public static long indexOfOneByOne(MemorySegment data, ElementType type) {
        return indexOf(data, type, 0);
    }

    private static long indexOf(MemorySegment data, ElementType type, long first) {
        long count = data.byteSize() / type.sizeBytes();
        for (long i = first; i < count; i++) {
            if (!isFinite(data, type, i)) return i;
        }
        return -1;
    }

    /** The definition, for one element: not all exponent bits are set. */
    private static boolean isFinite(MemorySegment data, ElementType type, long i) {
        return switch (type) {
            case BF16 -> (~data.get(LittleEndian.SHORT, 2 * i) & 0x7F80) != 0;
            case F16 -> (~data.get(LittleEndian.SHORT, 2 * i) & 0x7C00) != 0;
            case F32 -> (~data.get(LittleEndian.INT, 4 * i) & 0x7F80_0000) != 0;
            case F64 -> (~data.get(LittleEndian.LONG, 8 * i) & 0x7FF0_0000_0000_0000L) != 0;
            // No infinity, and a single NaN of either sign.
            case F8_E4M3 -> (~data.get(ValueLayout.JAVA_BYTE, i) & 0x7F) != 0;
            case BOOL, U8, I8, I32, I64 -> true;
        };
    }

    /** How many bytes from the start, in whole steps, are known to be finite; four vectors a step hide the cost of the branch. */
    private static long finiteShorts(MemorySegment data, short exponent) {
        long offset = 0;
        for (long bound = data.byteSize() - STEP; offset <= bound; offset += STEP) {
            var a = bytes(data, offset, 0).reinterpretAsShorts().and(exponent).compare(VectorOperators.EQ, exponent);
            var b = bytes(data, offset, 1).reinterpretAsShorts().and(exponent).compare(VectorOperators.EQ, exponent);
            var c = bytes(data, offset, 2).reinterpretAsShorts().and(exponent).compare(VectorOperators.EQ, exponent);
            var d = bytes(data, offset, 3).reinterpretAsShorts().and(exponent).compare(VectorOperators.EQ, exponent);
            if (a.or(b).or(c.or(d)).anyTrue()) return offset;
        }
        return offset;
    }

    private static long finiteFloats(MemorySegment data) {
        int exponent = 0x7F80_0000;
        long offset = 0;
        for (long bound = data.byteSize() - STEP; offset <= bound; offset += STEP) {
            var a = bytes(data, offset, 0).reinterpretAsInts().and(exponent).compare(VectorOperators.EQ, exponent);
            var b = bytes(data, offset, 1).reinterpretAsInts().and(exponent).compare(VectorOperators.EQ, exponent);
            var c = bytes(data, offset, 2).reinterpretAsInts().and(exponent).compare(VectorOperators.EQ, exponent);
            var d = bytes(data, offset, 3).reinterpretAsInts().and(exponent).compare(VectorOperators.EQ, exponent);
            if (a.or(b).or(c.or(d)).anyTrue()) return offset;
        }
        return offset;
    }

    private static ByteVector bytes(MemorySegment data, long offset, int vector) {
        return ByteVector.fromMemorySegment(BYTES, data, offset + vector * (long) BYTES.length(), LittleEndian.ORDER);
    }
}
