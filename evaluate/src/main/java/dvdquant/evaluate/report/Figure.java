package dvdquant.evaluate.report;

/** A number of the table, with what is known of its uncertainty. */
public sealed interface Figure {
    /** The number itself, in the unit of its {@link Measure}. */
    double value();

    /** A number without uncertainty: a size, a count. */
    record Exact(double value) implements Figure {}

    /**
     * A mean over clips.
     *
     * @param standardError of the mean
     * @param count clips
     */
    record Mean(double value, double standardError, int count) implements Figure {}

    /**
     * A share of clips or answers, from 0 to 1.
     *
     * @param low lower end of its 95 % interval
     * @param high upper end
     * @param count clips
     */
    record Share(double value, double low, double high, int count) implements Figure {}
}
