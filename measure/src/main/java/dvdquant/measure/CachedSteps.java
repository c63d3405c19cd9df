package dvdquant.measure;

/**
 * A sampling in which TeaCache skips some forwards: random weights would skip at random, so they are spread evenly.
 *
 * @param steps in all
 * @param computed of them, from 1; the first always is
 */
public record CachedSteps(int steps, int computed) {
    public CachedSteps {
        if (computed < 1 || computed > steps) {
            throw new IllegalArgumentException(computed + " of " + steps + " steps computed");
        }
    }

    boolean computes(int step) {
        return (long) step * computed % steps < computed;
    }
}
