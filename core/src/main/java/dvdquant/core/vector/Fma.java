package dvdquant.core.vector;

import jdk.incubator.vector.FloatVector;

/**
 * a · b + c, rounded once where the CPU does that in one instruction, else twice. Java's own {@link Math#fma} and
 * {@link FloatVector#fma} round once everywhere: without the instruction they compute with BigDecimal, 0.5 to 3.6 µs an element.
 */
public final class Fma {
    private static final int TRIALS = 8;
    /** Of a trial: enough that a slow clock does not count. */
    private static final int OPERATIONS = 64;
    /** An instruction takes a tenth of a microsecond even in the interpreter; BigDecimal with these operands many. */
    private static final long MOST_NANOS = OPERATIONS * 500;
    private static final double LARGE = 0x1p500;
    private static final double SMALL = 0x1p-1000;

    /** Whether there is such an instruction, and the JVM uses it: {@code -XX:UseAVX=0} and {@code -XX:-UseFMA} take it away. */
    public static final boolean FUSED = isFused();

    private Fma() {}

    /** By a trial, since neither the CPU nor the size of vectors tells; by several, since the system may interrupt one. */
    private static boolean isFused() {
        for (int i = 0; i < TRIALS; i++) {
            long start = System.nanoTime();
            double sum = 0;
            for (int j = 0; j < OPERATIONS; j++) {
                sum += Math.fma(LARGE, LARGE, SMALL);
            }
            if (System.nanoTime() - start < MOST_NANOS && sum == OPERATIONS * LARGE * LARGE) return true;
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
