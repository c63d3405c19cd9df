package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.OptionalDouble;

/**
 * How closely a clip follows its prompt.
 *
 * @param scale how far to go from the negative prompt's prediction towards the prompt's and beyond (classifier-free guidance, arXiv
 *            2207.12598); 1 or less: the prompt's alone, in half the time
 * @param second the scale of the last steps, where another transformer takes those; empty: the same. Without meaning where {@code scale} is 1
 *            or less
 * @param embedded what a model that was trained with guidance takes as an input; empty for others
 */
public record Guidance(double scale, OptionalDouble second, OptionalDouble embedded) {
    /**
     * Checks them.
     *
     * @throws InputException if one is negative or not finite
     */
    public Guidance {
        require(scale);
        second.ifPresent(Guidance::require);
        embedded.ifPresent(Guidance::require);
    }

    /**
     * Of a model that knows classifier-free guidance only.
     *
     * @param scale 1 or less: none
     * @return without an embedded one, the same at all steps
     * @throws InputException if it is negative or not finite
     */
    public static Guidance of(double scale) {
        return new Guidance(scale, OptionalDouble.empty(), OptionalDouble.empty());
    }

    /**
     * Of a model that takes guidance as an input, without a second pass.
     *
     * @param value the input
     * @return with a scale of 1
     * @throws InputException if it is negative or not finite
     */
    public static Guidance embedded(double value) {
        return new Guidance(1, OptionalDouble.empty(), OptionalDouble.of(value));
    }

    private static void require(double value) {
        if (!Double.isFinite(value) || value < 0) {
            throw new InputException("guidance: " + value + ", expected a number from 0");
        }
    }

    /**
     * What is called the guidance of the model: its input, if it takes it as one, else the scale.
     *
     * @return what {@code --guidance} sets
     */
    public double value() {
        return embedded.orElse(scale);
    }

    /**
     * As {@code 5.0}, {@code 4.0, then 3.0}, or {@code 6.0, true guidance 3.0}.
     *
     * @return for people
     */
    public String text() {
        if (!isGuided()) return String.valueOf(value());
        String then = second.isPresent() ? ", then " + second.getAsDouble() : "";
        return value() + (embedded.isPresent() ? ", true guidance " + scale : "") + then;
    }

    /**
     * With another {@link #value}, the same at all steps.
     *
     * @param value what {@code --guidance} sets
     * @return of the same kind
     * @throws InputException if it is negative or not finite
     */
    public Guidance with(double value) {
        return embedded.isPresent() ? new Guidance(scale, second, OptionalDouble.of(value)) : of(value);
    }

    /**
     * With another scale in the last steps, which a second transformer takes.
     *
     * @param scale of {@link #second}
     * @return with both
     * @throws InputException if it is negative or not finite
     */
    public Guidance withSecond(double scale) {
        return new Guidance(this.scale, OptionalDouble.of(scale), embedded);
    }

    /**
     * A second pass beside the input, with the negative prompt.
     *
     * @param scale of {@link #scale}
     * @return with both
     * @throws InputException if the model does not take guidance as an input: its guidance is such a scale already
     */
    public Guidance withTrue(double scale) {
        if (embedded.isEmpty()) {
            throw new InputException("a second pass of scale " + scale
                    + ", expected none: this model takes no guidance as an input, and its guidance is a second pass already");
        }
        return new Guidance(scale, second, embedded);
    }

    /**
     * Whether a second pass with the negative prompt is needed.
     *
     * @return whether the scale is above 1
     */
    public boolean isGuided() {
        return scale > 1;
    }
}
