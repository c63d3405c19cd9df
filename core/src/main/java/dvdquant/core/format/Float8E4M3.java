package dvdquant.core.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Eight bits: sign, 4 exponent bits with bias 7, 3 fraction bits; no infinity, NaN where all bits but the sign are set, 448 the
 * largest. PyTorch calls it {@code float8_e4m3fn}.
 *
 * @see <a href="https://arxiv.org/abs/2209.05433">FP8 Formats for Deep Learning, table 1</a>
 */
public final class Float8E4M3 {
    private static final float[] VALUES = new float[256];

    static {
        for (int bits = 0; bits < VALUES.length; bits++) {
            VALUES[bits] = decode(bits);
        }
    }

    private Float8E4M3() {}

    private static float decode(int bits) {
        int exponent = bits >> 3 & 0xF;
        int fraction = bits & 0x7;
        float magnitude;
        if ((bits & 0x7F) == 0x7F) {
            magnitude = Float.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb((float) fraction, -9);
        } else {
            magnitude = Math.scalb(8f + fraction, exponent - 10);
        }
        return Math.copySign(magnitude, (bits & 0x80) == 0 ? 1f : -1f);
    }

    /** The same value as a float, exactly. */
    public static float toFloat(byte bits) {
        return VALUES[bits & 0xFF];
    }

    /**
     * Converts n bytes to n little-endian floats at any alignment; the segments must not overlap.
     *
     * @throws IllegalArgumentException if the numbers of elements differ
     */
    public static void toFloats(MemorySegment bytes, MemorySegment floats) {
        long count = Conversion.elements(bytes, ElementType.F8_E4M3, floats, ElementType.F32);
        for (long i = 0; i < count; i++) {
            floats.set(LittleEndian.FLOAT, 4 * i, toFloat(bytes.get(ValueLayout.JAVA_BYTE, i)));
        }
    }
}
