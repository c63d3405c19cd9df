package dvdquant.core.format;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** IEEE half precision, by the JDK's conversions, which HotSpot turns into the machine's instructions. */
public final class Float16 {
    private Float16() {}

    /**
     * The same value as a float, exactly.
     *
     * @param bits of the value
     * @return the value
     */
    public static float toFloat(short bits) {
        return Float.float16ToFloat(bits);
    }

    /**
     * The nearest value, ties to even; beyond the largest, 65504 and its half step, infinity. A NaN stays one.
     *
     * @param value any
     * @return its bits
     */
    public static short fromFloat(float value) {
        return Float.floatToFloat16(value);
    }

    /**
     * Converts little-endian halves at any alignment to floats in an array, from index {@code offset}.
     *
     * @param halves a whole number of values
     * @param floats takes them
     * @param offset of the first in {@code floats}
     * @throws IndexOutOfBoundsException if the array is shorter
     */
    public static void toFloats(MemorySegment halves, float[] floats, int offset) {
        int count = Math.toIntExact(halves.byteSize() / ElementType.F16.sizeBytes());
        Objects.checkFromIndexSize(offset, count, floats.length);
        for (int i = 0; i < count; i++) {
            floats[offset + i] = toFloat(halves.get(LittleEndian.SHORT, 2L * i));
        }
    }
}
