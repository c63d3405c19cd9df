package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The way from noise to a clip.
 *
 * @param steps denoising steps
 * @param guidance towards the prompt
 * @param flowShift of the noise levels towards noise, as larger frames need it; empty: what the model's scheduler says
 * @param boundary of a model with a transformer for the first steps and another for the rest: the first takes those at this share of the time
 *            or more, from 1 (noise) to 0; empty: what the model says
 * @param seed of the noise: that of {@code torch.randn} with a CPU generator of this seed, as diffusers draws it
 * @param initialLatents noise to start from instead of the seed's; must be of the clip's size
 */
public record Sampling(int steps, Guidance guidance, OptionalDouble flowShift, OptionalDouble boundary, long seed,
        Optional<Latents> initialLatents) {
    /** Ten times as many as there are levels of noise to tell apart; what is kept of each must fit in memory. */
    private static final int MOST_STEPS = 10_000;

    /**
     * Checks steps, shift and boundary.
     *
     * @throws InputException if there are no steps, or more than 10,000, the shift is no number above 0, or the boundary none from 0 to 1
     */
    public Sampling {
        if (steps < 1) throw new InputException("steps: " + steps + ", expected 1 or more");
        if (steps > MOST_STEPS) throw new InputException("steps: " + steps + ", expected " + MOST_STEPS + " at most");
        flowShift.ifPresent(shift -> {
            if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) {
                throw new InputException("flow shift: " + shift + ", expected a number above 0");
            }
        });
        boundary.ifPresent(ratio -> {
            if (!(ratio >= 0 && ratio <= 1)) {
                throw new InputException("boundary: " + ratio + ", expected a share of the time, from 0 to 1");
            }
        });
    }

    /**
     * From the noise of seed 0, with the scheduler's shift and the model's boundary.
     *
     * @param steps denoising steps
     * @param guidance towards the prompt
     * @throws InputException if there are no steps, or more than 10,000
     */
    public Sampling(int steps, Guidance guidance) {
        this(steps, guidance, OptionalDouble.empty(), OptionalDouble.empty(), 0, Optional.empty());
    }

    /**
     * The same in another number of steps.
     *
     * @param count from 1 to 10,000
     * @return a copy
     */
    public Sampling withSteps(int count) {
        return new Sampling(count, guidance, flowShift, boundary, seed, initialLatents);
    }

    /**
     * The same with another guidance.
     *
     * @param of towards the prompt
     * @return a copy
     */
    public Sampling withGuidance(Guidance of) {
        return new Sampling(steps, of, flowShift, boundary, seed, initialLatents);
    }

    /**
     * The same with another shift than the scheduler's.
     *
     * @param shift above 0
     * @return a copy
     */
    public Sampling withFlowShift(double shift) {
        return new Sampling(steps, guidance, OptionalDouble.of(shift), boundary, seed, initialLatents);
    }

    /**
     * The same with another boundary than the model's.
     *
     * @param ratio of the time, from 0 to 1
     * @return a copy
     * @throws InputException if it is another
     */
    public Sampling withBoundary(double ratio) {
        return new Sampling(steps, guidance, flowShift, OptionalDouble.of(ratio), seed, initialLatents);
    }

    /**
     * The same from other noise.
     *
     * @param number its seed
     * @return a copy
     */
    public Sampling withSeed(long number) {
        return new Sampling(steps, guidance, flowShift, boundary, number, initialLatents);
    }

    /**
     * The same from given noise.
     *
     * @param latents of the clip's size, in place of the seed's noise
     * @return a copy
     */
    public Sampling withInitialLatents(Latents latents) {
        return new Sampling(steps, guidance, flowShift, boundary, seed, Optional.of(latents));
    }
}
