package dvdquant.core.quant.grids;

/**
 * Which steps can be stored, for weights that were multiplied by 2ᵉ so that the squares of neither huge nor denormal ones leave the
 * range of float.
 *
 * @param exponent e; weights of usual sizes have 0
 * @param half whether a step is stored as F16, else as F32
 */
record StepFormat(int exponent, boolean half) {
    static final StepFormat EXACT = new StepFormat(0, false);
    private static final int USUAL = 40;
    /** More would not change the results, and 2¹⁰⁰ is a normal float. */
    private static final int LARGEST = 100;
    private static final float SMALLEST_HALF = 0x1p-24f;
    /** Of weights too: a step is always less than the largest of them. */
    static final float LARGEST_HALF = 65504;

    /** For weights of at most that magnitude. */
    static StepFormat of(float maximum, boolean half) {
        int size = Math.getExponent(maximum);
        return new StepFormat(Math.abs(size) <= USUAL ? 0 : Math.min(-size, LARGEST), half);
    }

    /** Whether every step of usual size is stored as it is. */
    boolean anyIsStored() {
        return !half && exponent < LARGEST;
    }

    /** Replaces steps by those near them that survive being stored; never zero. */
    void nearest(float[] steps) {
        if (anyIsStored()) return;
        for (int i = 0; i < steps.length; i++) {
            steps[i] = Math.scalb(stored(steps[i]), exponent);
        }
    }

    float nearest(float step) {
        return half || exponent == LARGEST ? Math.scalb(stored(step), exponent) : step;
    }

    /** The step of the weights as they were; positive and finite. */
    float stored(float step) {
        float unscaled = Math.scalb(step, -exponent);
        if (!half) return Math.max(unscaled, Float.MIN_VALUE);
        return Math.clamp(Float.float16ToFloat(Float.floatToFloat16(unscaled)), SMALLEST_HALF, LARGEST_HALF);
    }
}
