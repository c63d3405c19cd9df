package dvdquant.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import static dvdquant.tensor.cpu.Rows.FLOATS;
import static dvdquant.tensor.cpu.Rows.INTS;

/** 2ˣ for a vector of floats. */
final class Exp2 {
    /** 1.5 · 2²³: a float of that size has no bits for a fraction, so adding it rounds to an integer, in the low bits. */
    private static final float ROUND = 12582912f;
    /** 2⁻¹²⁶ is the least normal float; beyond ±126 the exponent's bits would wrap. */
    private static final float LARGEST_EXPONENT = 126f;
    /** 2ᶠ for |f| ≤ ½, of degree 6, fitted for the least largest relative error (2e-9 before rounding). */
    private static final float[] POLYNOMIAL = {1f, 0.6931472057f, 0.2402264689f, 0.05550328777f, 0.009618488961f,
            0.001339993121f, 0.0001534581089f};

    private Exp2() {}

    /** 2⁻ᵘ for u ≥ −126; results under 2⁻¹²⁶ are 2⁻¹²⁶, and a NaN stays one. */
    static FloatVector ofMinus(FloatVector u) {
        FloatVector bounded = u.blend(LARGEST_EXPONENT, u.compare(VectorOperators.GT, LARGEST_EXPONENT));
        FloatVector rounded = bounded.add(ROUND);
        FloatVector fraction = rounded.sub(ROUND).sub(bounded);
        FloatVector power = FloatVector.broadcast(FLOATS, POLYNOMIAL[6]);
        for (int k = 5; k >= 0; k--) {
            power = power.fma(fraction, FloatVector.broadcast(FLOATS, POLYNOMIAL[k]));
        }
        IntVector exponent = IntVector.broadcast(INTS, 127).sub(rounded.reinterpretAsInts());
        return power.mul(exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    }
}
