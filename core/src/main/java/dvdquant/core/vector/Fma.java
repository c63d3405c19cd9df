package dvdquant.core.vector;

import jdk.incubator.vector.FloatVector;

/**
 * a · b + c, rounded once where the CPU does that in one instruction, else twice. Java's own {@link Math#fma} and
 * {@link FloatVector#fma} round once everywhere: without the instruction they compute with BigDecimal, 0.5 to 3.6 µs an element.
 */
public final class Fma {
    private static final int TRIALS = 8;
    /** An instruction takes less than a tenth of one even in the interpreter; BigDecimal with these operands many. */
    private static final long MOST_NANOS = 5_000;
    private static final double LARGE = 0x1p500;
    private static final double SMALL = 0x1p-1000;

    /** Whether there is such an instruction, and the JVM uses it: {@code -XX:UseAVX=0} and {@code -XX:-UseFMA} take it away. */
    public static final boolean FUSED = isFused();

    private Fma() {}

    /** By a trial, since neither the CPU nor the size of vectors tells; by several, since the system may interrupt one. */
    private static boolean isFused() {
        for (int i = 0; i < TRIALS; i++) {
            long start = System.nanoTime();
            double result = Math.fma(LARGE, LARGE, SMALL);
            if (System.nanoTime() - start < MOST_NANOS && result == LARGE * LARGE) return true;
        }
        return false;
    }

    public static FloatVector multiplyAdd(FloatVector a, FloatVector b, FloatVector c) {
        return FUSED ? a.fma(b, c) : a.mul(b).add(c);
    }

    public static float multiplyAdd(float a, float b, float c) {
        return FUSED ? Math.fma(a, b, c) : a * b + c;
    }

    public static double multiplyAdd(double a, double b, double c) {
        return FUSED ? Math.fma(a, b, c) : a * b + c;
    }
}
