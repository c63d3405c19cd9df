package dvdquant.tensor.cpu.machine;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Rows of F32 or BF16 memory, read into float arrays and written back. Kernels then compute on arrays in f32 and know no number
 * format.
 */
public final class FloatMemory {
    public static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    public static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    /** As many shorts as there are floats in a vector. */
    public static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private FloatMemory() {}

    /** Reads {@code count} elements from element {@code first} of {@code memory}. */
    public static void read(MemorySegment memory, ElementType type, long first, float[] into, int count) {
        switch (type) {
            case F32 -> readF32(memory, first, into, count);
            case BF16 -> readBf16(memory, first, into, count);
            default -> throw new IllegalArgumentException("rows of " + type + ", expected F32 or BF16");
        }
    }

    /** Writes {@code count} elements, rounded to nearest even; a NaN stays one. */
    public static void write(float[] from, MemorySegment memory, ElementType type, long first, int count) {
        switch (type) {
            case F32 -> writeF32(from, memory, first, count);
            case BF16 -> writeBf16(from, memory, first, count);
            default -> throw new IllegalArgumentException("rows of " + type + ", expected F32 or BF16");
        }
    }

    private static void readF32(MemorySegment memory, long first, float[] into, int count) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT_UNALIGNED, first * 4, into, 0, count);
    }

    private static void writeF32(float[] from, MemorySegment memory, long first, int count) {
        MemorySegment.copy(from, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, first * 4, count);
    }

    private static void readBf16(MemorySegment memory, long first, float[] into, int count) {
        int i = 0;
        for (; i <= count - FLOATS.length(); i += FLOATS.length()) {
            load(memory, ElementType.BF16, first + i).intoArray(into, i);
        }
        for (; i < count; i++) {
            into[i] = get(memory, ElementType.BF16, first + i);
        }
    }

    private static void writeBf16(float[] from, MemorySegment memory, long first, int count) {
        int i = 0;
        for (; i <= count - FLOATS.length(); i += FLOATS.length()) {
            store(FloatVector.fromArray(FLOATS, from, i), memory, ElementType.BF16, first + i);
        }
        for (; i < count; i++) {
            set(from[i], memory, ElementType.BF16, first + i);
        }
    }

    /** Turns {@code count} elements of F32, BF16 or I8 to F32, which are written from element {@code at} of {@code to}. */
    public static void toF32(MemorySegment memory, ElementType type, long first, MemorySegment to, long at, int count) {
        switch (type) {
            case F32 -> MemorySegment.copy(memory, first * 4, to, at * 4, count * 4L);
            case BF16 -> bf16ToF32(memory, first, to, at, count);
            case I8 -> i8ToF32(memory, first, to, at, count);
            default -> throw new IllegalArgumentException("rows of " + type + ", expected F32, BF16 or I8");
        }
    }

    private static void bf16ToF32(MemorySegment memory, long first, MemorySegment to, long at, int count) {
        int i = 0;
        for (; i <= count - FLOATS.length(); i += FLOATS.length()) {
            load(memory, ElementType.BF16, first + i).intoMemorySegment(to, (at + i) * 4, ORDER);
        }
        for (; i < count; i++) {
            to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (at + i) * 4, get(memory, ElementType.BF16, first + i));
        }
    }

    private static void i8ToF32(MemorySegment memory, long first, MemorySegment to, long at, int count) {
        for (int i = 0; i < count; i++) {
            to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (at + i) * 4, memory.get(ValueLayout.JAVA_BYTE, first + i));
        }
    }

    /** A vector from element {@code first} on. */
    public static FloatVector load(MemorySegment memory, ElementType type, long first) {
        return type == ElementType.F32
                ? FloatVector.fromMemorySegment(FLOATS, memory, first * 4, ORDER)
                : bf16ToFloats(ShortVector.fromMemorySegment(SHORTS, memory, first * 2, ORDER));
    }

    /** Writes a vector from element {@code first} on, rounded to nearest even; a NaN stays one. */
    public static void store(FloatVector values, MemorySegment memory, ElementType type, long first) {
        if (type == ElementType.F32) {
            values.intoMemorySegment(memory, first * 4, ORDER);
        } else {
            floatsToBf16(values.blend(Float.NaN, values.compare(VectorOperators.NE, values)))
                    .intoMemorySegment(memory, first * 2, ORDER);
        }
    }

    public static float get(MemorySegment memory, ElementType type, long index) {
        return type == ElementType.F32
                ? memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4)
                : BFloat16.toFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2));
    }

    public static void set(float value, MemorySegment memory, ElementType type, long index) {
        if (type == ElementType.F32) {
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4, value);
        } else {
            memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2, BFloat16.fromFloat(value));
        }
    }

    /** The upper half of a float is a bf16. */
    static FloatVector bf16ToFloats(ShortVector bits) {
        return ((IntVector) bits.convertShape(VectorOperators.S2I, INTS, 0)).lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    /** Rounds to nearest even. A NaN stays one if its low bits are zero, as those of {@link Float#NaN} and of bf16 are. */
    static ShortVector floatsToBf16(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector rounded = bits.add(odd).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
        return (ShortVector) rounded.convertShape(VectorOperators.I2S, SHORTS, 0);
    }
}
