package dvdquant.tensor.cpu.rows;

import dvdquant.core.vector.Fma;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;
import static dvdquant.tensor.cpu.machine.FloatMemory.INTS;

/** 2ˣ for a vector of floats. */
public final class Exp2 {
    /** 1.5 · 2²³: a float of that size has no bits for a fraction, so adding it rounds to an integer, in the low bits. */
    private static final float ROUND = 12582912f;
    /** The same, and the integer is by 127 larger, as a float's exponent is. */
    public static final float ROUND_BIASED = ROUND + 127;
    /** That of 2⁻¹²⁶, as an integer: as integers too, all lesser floats are less. */
    private static final int LEAST_BIASED = Float.floatToRawIntBits(ROUND_BIASED - 126);
    /** 2⁻¹²⁶ is the least normal float; beyond ±126 the exponent's bits would wrap. */
    private static final float LARGEST_EXPONENT = 126f;
    // 2ᶠ for |f| ≤ ½, of degree 6, fitted for the least largest relative error (2e-9 before rounding).
    private static final float C0 = 1f;
    private static final float C1 = 0.6931472057f;
    private static final float C2 = 0.2402264689f;
    private static final float C3 = 0.05550328777f;
    private static final float C4 = 0.009618488961f;
    private static final float C5 = 0.001339993121f;
    private static final float C6 = 0.0001534581089f;

    // 2^(f + ½), from 1 to 2, of degree 3, fitted in the same way (7e-5), and half of bf16's last digit there: cutting it off rounds.
    private static final float H0 = 1.414111853f + 0x1p-8f;
    private static final float H1 = 0.9804190993f;
    private static final float H2 = 0.3431039453f;
    private static final float H3 = 0.07802452147f;

    private Exp2() {}

    /** 2⁻ᵘ for u ≥ −126; results under 2⁻¹²⁶ are 2⁻¹²⁶, and a NaN stays one. */
    public static FloatVector ofMinus(FloatVector u) {
        FloatVector bounded = u.blend(LARGEST_EXPONENT, u.compare(VectorOperators.GT, LARGEST_EXPONENT));
        FloatVector rounded = bounded.add(ROUND);
        FloatVector fraction = rounded.sub(ROUND).sub(bounded);
        // Not a loop: where the JIT unrolls it too late it boxes every vector, here and in the loops that this is inlined into.
        FloatVector power = Fma.multiplyAdd(FloatVector.broadcast(FLOATS, C6), fraction,
                FloatVector.broadcast(FLOATS, C5));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, C4));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, C3));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, C2));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, C1));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, C0));
        IntVector exponent = IntVector.broadcast(INTS, 127).sub(rounded.reinterpretAsInts());
        return power.mul(exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    }

    /**
     * 2^(x + ½) for a finite x up to 126, rounded to bf16: the bits of floats whose lower halves are zero. Results under 2⁻¹²⁶ are about
     * that, and a NaN stays one.
     *
     * @param rounded x + ROUND_BIASED
     */
    public static IntVector bf16(FloatVector x, FloatVector rounded) {
        FloatVector fraction = x.sub(rounded.sub(ROUND_BIASED));
        FloatVector power = Fma.multiplyAdd(FloatVector.broadcast(FLOATS, H3), fraction,
                FloatVector.broadcast(FLOATS, H2));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, H1));
        power = Fma.multiplyAdd(power, fraction, FloatVector.broadcast(FLOATS, H0));
        IntVector exponent = rounded.reinterpretAsInts().max(LEAST_BIASED).lanewise(VectorOperators.LSHL, 23);
        return power.mul(exponent.reinterpretAsFloats()).reinterpretAsInts().and(0xffff0000);
    }
}
