package dvdquant.core.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Shapes of vectors that hold equally many floats, ints and bytes, and rounding by an addition. */
public final class Lanes {
    /** At least 256 bits, since the bytes have a quarter of them and no vector is smaller than 64. */
    public static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class,
            VectorShape.forBitSize(Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 256, 512)));
    public static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    public static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    public static final int COUNT = FLOATS.length();
    public static final FloatVector ZERO = FloatVector.zero(FLOATS);

    /**
     * 1.5 · 2²³: floats near it are integers, so that adding it rounds to nearest, ties to even. The bits of the sum grow with it,
     * so that it can be clamped as an int, which is faster than the minimum and maximum of floats (they order NaN and −0).
     */
    public static final float MAGIC = 0x1.8p23f;
    public static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);

    private Lanes() {}

    /** clamp(round(x), low, high), ties to even, for x of any size. */
    public static FloatVector round(FloatVector x, int low, int high) {
        return x.add(MAGIC).reinterpretAsInts().max(MAGIC_BITS + low).min(MAGIC_BITS + high).reinterpretAsFloats()
                .sub(MAGIC);
    }

    /** As {@link #round}, as integers. */
    public static IntVector toIntegers(FloatVector x, int low, int high) {
        return x.add(MAGIC).reinterpretAsInts().max(MAGIC_BITS + low).min(MAGIC_BITS + high).sub(MAGIC_BITS);
    }

    /**
     * As {@code x.div(divisor)}, to the bit, in half the time, where the divisor is of 2⁻⁶⁰ to 2⁶⁰ and the quotients of ¼ to 2⁶⁰: the product
     * with the reciprocal is up to two units off, a first correction by what remains makes it one of the two floats beside the quotient, and a
     * second the nearest.
     *
     * @param reciprocal 1 / divisor, rounded to nearest
     * @see "Muller et al., Handbook of Floating-Point Arithmetic, division by Newton–Raphson with an FMA (Markstein's theorem)"
     */
    public static FloatVector quotient(FloatVector x, float divisor, float reciprocal) {
        if (!Fma.FUSED) return x.div(divisor);
        FloatVector quotient = x.mul(reciprocal);
        FloatVector rest = quotient.fma(FloatVector.broadcast(FLOATS, -divisor), x);
        quotient = rest.fma(FloatVector.broadcast(FLOATS, reciprocal), quotient);
        rest = quotient.fma(FloatVector.broadcast(FLOATS, -divisor), x);
        return rest.fma(FloatVector.broadcast(FLOATS, reciprocal), quotient);
    }

    public static ByteVector toBytes(IntVector integers) {
        return (ByteVector) integers.convertShape(VectorOperators.I2B, BYTES, 0);
    }

    public static FloatVector load(float[] values, int from) {
        return FloatVector.fromArray(FLOATS, values, from);
    }

    /** As {@code Math.min} but for NaN and −0, and faster. */
    public static FloatVector smaller(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.LT, a));
    }

    public static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }
}
