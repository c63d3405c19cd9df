package dvdquant.models.schedule;

import dvdquant.core.json.JsonFile;

import java.util.stream.IntStream;

/**
 * Euler steps along the flow: x ← x + (σ′ − σ)·v.
 *
 * @param trainSteps {@code num_train_timesteps}
 * @param shift of the noise levels
 * @param spacing of the noise levels before the shift
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/schedulers/scheduling_flow_match_euler_discrete.py">
 *      diffusers, FlowMatchEulerDiscreteScheduler</a>
 */
public record FlowMatchEulerDiscreteScheduler(int trainSteps, double shift, Spacing spacing) implements Scheduler {
    /** How noise levels are spaced before the shift; a pipeline may hand in its own. */
    public enum Spacing {
        /** As the scheduler does by itself, and so for Wan: evenly from the highest of training to the lowest, which are shifted before. */
        TRAINING,
        /** Evenly from 1 towards 0, which is the level after the last step: as HunyuanVideo's pipeline hands them in. */
        TO_ZERO
    }

    /**
     * As the scheduler spaces noise levels by itself.
     *
     * @param trainSteps {@code num_train_timesteps}
     * @param shift of the noise levels
     */
    public FlowMatchEulerDiscreteScheduler(int trainSteps, double shift) {
        this(trainSteps, shift, Spacing.TRAINING);
    }

    static FlowMatchEulerDiscreteScheduler of(JsonFile config) {
        Scheduler.refuseAll(config, "use_dynamic_shifting", "invert_sigmas", "use_karras_sigmas",
                "use_exponential_sigmas",
                "use_beta_sigmas", "stochastic_sampling");
        if (config.has("shift_terminal")) throw config.unexpected("shift_terminal", "null: it is not supported");
        return new FlowMatchEulerDiscreteScheduler(Scheduler.trainSteps(config),
                Scheduler.shift(config, "shift"));
    }

    @Override
    public FlowMatchEulerDiscreteScheduler withShift(double other) {
        return new FlowMatchEulerDiscreteScheduler(trainSteps, other, spacing);
    }

    /**
     * {@return the same sampler with its noise levels spaced in another way}
     *
     * @param of in place of this one's spacing
     */
    public FlowMatchEulerDiscreteScheduler withSpacing(Spacing of) {
        return new FlowMatchEulerDiscreteScheduler(trainSteps, shift, of);
    }

    @Override
    public SamplerRun start(int steps) {
        Scheduler.requireSteps(steps);
        return start(switch (spacing) {
            case TRAINING -> betweenEndsOfTraining(steps);
            case TO_ZERO -> IntStream.range(0, steps).mapToDouble(i -> 1 - (double) i / steps).toArray();
        });
    }

    private double[] betweenEndsOfTraining(int steps) {
        double lowest = Scheduler.shifted(1.0 / trainSteps, shift);
        var sigmas = new double[steps];
        for (int i = 0; i < steps; i++) {
            sigmas[i] = steps == 1 ? 1 : 1 + i * (lowest - 1) / (steps - 1);
        }
        return sigmas;
    }

    /** With given noise levels before the shift, from 1 downwards. */
    private SamplerRun start(double[] sigmas) {
        var shifted = new float[sigmas.length + 1];
        var timesteps = new double[sigmas.length];
        for (int i = 0; i < sigmas.length; i++) {
            shifted[i] = (float) Scheduler.shifted(sigmas[i], shift);
            timesteps[i] = shifted[i] * trainSteps;
        }
        return new Run(timesteps, Scheduler.requireFalling(shifted, shift));
    }

    private static final class Run implements SamplerRun {
        private final double[] timesteps;
        private final float[] sigmas;
        private int index;

        Run(double[] timesteps, float[] sigmas) {
            this.timesteps = timesteps;
            this.sigmas = sigmas;
        }

        @Override
        public double[] timesteps() {
            return timesteps.clone();
        }

        @Override
        public float[] sigmas() {
            return sigmas.clone();
        }

        @Override
        public float[] step(float[] modelOutput, float[] sample) {
            float width = sigmas[index + 1] - sigmas[index];
            index++;
            var next = new float[sample.length];
            for (int i = 0; i < next.length; i++) {
                next[i] = sample[i] + width * modelOutput[i];
            }
            return next;
        }
    }
}
