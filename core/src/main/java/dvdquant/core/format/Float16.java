package dvdquant.core.format;

import java.lang.foreign.MemorySegment;

/** IEEE half precision, by the JDK's conversions, which HotSpot turns into the machine's instructions. */
public final class Float16 {
    private Float16() {}

    /** The same value as a float, exactly. */
    public static float toFloat(short bits) {
        return Float.float16ToFloat(bits);
    }

    /** The nearest value, ties to even; beyond the largest, 65504 and its half step, infinity. A NaN stays one. */
    public static short fromFloat(float value) {
        return Float.floatToFloat16(value);
    }

    /**
     * Converts n halves to n floats, both little-endian and at any alignment; the segments must not overlap.
     *
     * @throws IllegalArgumentException if the numbers of elements differ
     */
    public static void toFloats(MemorySegment halves, MemorySegment floats) {
        long count = Conversion.elements(halves, ElementType.F16, floats, ElementType.F32);
        for (long i = 0; i < count; i++) {
            floats.set(LittleEndian.FLOAT, 4 * i, toFloat(halves.get(LittleEndian.SHORT, 2 * i)));
        }
    }

    /**
     * Converts n floats to n halves as {@link #fromFloat} does, both little-endian and at any alignment; the segments must not overlap.
     *
     * @throws IllegalArgumentException if the numbers of elements differ
     */
    public static void fromFloats(MemorySegment floats, MemorySegment halves) {
        long count = Conversion.elements(floats, ElementType.F32, halves, ElementType.F16);
        for (long i = 0; i < count; i++) {
            halves.set(LittleEndian.SHORT, 2 * i, fromFloat(floats.get(LittleEndian.FLOAT, 4 * i)));
        }
    }
}
