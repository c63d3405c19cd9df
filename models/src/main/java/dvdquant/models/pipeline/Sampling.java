package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The way from noise to a clip.
 *
 * @param steps denoising steps
 * @param flowShift of the noise levels towards noise, as larger frames need it; empty: what the model's scheduler says
 * @param seed of the noise: that of {@code torch.randn} with a CPU generator of this seed, as diffusers draws it
 * @param initialLatents noise to start from instead of the seed's; must be of the clip's size
 */
public record Sampling(int steps, Guidance guidance, OptionalDouble flowShift, long seed,
        Optional<Latents> initialLatents) {
    /** Ten times as many as there are levels of noise to tell apart; what is kept of each must fit in memory. */
    private static final int MOST_STEPS = 10_000;

    public Sampling {
        if (steps < 1) throw new InputException("steps: " + steps + ", expected 1 or more");
        if (steps > MOST_STEPS) throw new InputException("steps: " + steps + ", expected " + MOST_STEPS + " at most");
        flowShift.ifPresent(shift -> {
            if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) {
                throw new InputException("flow shift: " + shift + ", expected a number above 0");
            }
        });
    }

    /** From the noise of seed 0, with the scheduler's shift. */
    public Sampling(int steps, Guidance guidance) {
        this(steps, guidance, OptionalDouble.empty(), 0, Optional.empty());
    }

    public Sampling withSteps(int count) {
        return new Sampling(count, guidance, flowShift, seed, initialLatents);
    }

    public Sampling withGuidance(Guidance of) {
        return new Sampling(steps, of, flowShift, seed, initialLatents);
    }

    public Sampling withFlowShift(double shift) {
        return new Sampling(steps, guidance, OptionalDouble.of(shift), seed, initialLatents);
    }

    public Sampling withSeed(long number) {
        return new Sampling(steps, guidance, flowShift, number, initialLatents);
    }

    public Sampling withInitialLatents(Latents latents) {
        return new Sampling(steps, guidance, flowShift, seed, Optional.of(latents));
    }
}
