package dvdquant.core.metrics;

/** How much values changed, in the 1-norm. */
public final class RelativeChange {
    private RelativeChange() {}

    /** ‖now − last‖₁ / ‖last‖₁, in f64; from zeros any change counts as 1. */
    public static double of(float[] now, float[] last) {
        if (now.length != last.length) {
            throw new IllegalArgumentException(now.length + " values, against " + last.length);
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < now.length; i++) {
            difference += Math.abs((double) now[i] - last[i]);
            norm += Math.abs(last[i]);
        }
        if (norm == 0) return difference == 0 ? 0 : 1;
        return difference / norm;
    }
}
