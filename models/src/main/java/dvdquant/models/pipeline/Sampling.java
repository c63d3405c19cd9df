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
 * @param seed of the noise: that of {@code torch.randn} with a CPU generator of this seed, as diffusers draws it
 * @param initialLatents noise to start from instead of the seed's; must be of the clip's size
 */
public record Sampling(int steps, Guidance guidance, OptionalDouble flowShift, long seed,
        Optional<Latents> initialLatents) {
    /** Ten times as many as there are levels of noise to tell apart; what is kept of each must fit in memory. */
    private static final int MOST_STEPS = 10_000;

    /**
     * Checks steps and shift.
     *
     * @throws InputException if there are no steps, or more than 10,000, or the shift is no number above 0
     */
    public Sampling {
        if (steps < 1) throw new InputException("steps: " + steps + ", expected 1 or more");
        if (steps > MOST_STEPS) throw new InputException("steps: " + steps + ", expected " + MOST_STEPS + " at most");
        flowShift.ifPresent(shift -> {
            if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) {
                throw new InputException("flow shift: " + shift + ", expected a number above 0");
            }
        });
    }

    /**
     * From the noise of seed 0, with the scheduler's shift.
     *
     * @param steps denoising steps
     * @param guidance towards the prompt
     * @throws InputException if there are no steps, or more than 10,000
     */
    public Sampling(int steps, Guidance guidance) {
        this(steps, guidance, OptionalDouble.empty(), 0, Optional.empty());
    }

    /**
     * The same in another number of steps.
     *
     * @param count from 1 to 10,000
     * @return a copy
     */
    public Sampling withSteps(int count) {
        return new Sampling(count, guidance, flowShift, seed, initialLatents);
    }

    /**
     * The same with another guidance.
     *
     * @param of towards the prompt
     * @return a copy
     */
    public Sampling withGuidance(Guidance of) {
        return new Sampling(steps, of, flowShift, seed, initialLatents);
    }

    /**
     * The same with another shift than the scheduler's.
     *
     * @param shift above 0
     * @return a copy
     */
    public Sampling withFlowShift(double shift) {
        return new Sampling(steps, guidance, OptionalDouble.of(shift), seed, initialLatents);
    }

    /**
     * The same from other noise.
     *
     * @param number its seed
     * @return a copy
     */
    public Sampling withSeed(long number) {
        return new Sampling(steps, guidance, flowShift, number, initialLatents);
    }

    /**
     * The same from given noise.
     *
     * @param latents of the clip's size, in place of the seed's noise
     * @return a copy
     */
    public Sampling withInitialLatents(Latents latents) {
        return new Sampling(steps, guidance, flowShift, seed, Optional.of(latents));
    }
}
