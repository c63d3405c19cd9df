package dvdquant.models.schedule;

import dvdquant.core.json.JsonFile;

import java.util.Set;

/**
 * UniPC, a multistep predictor and corrector (arXiv 2302.04867), on flow noise levels: α = 1 − σ, λ = log α − log σ, and the model's
 * flow v gives the clean latents x₀ = x − σ v.
 *
 * <p>Noise levels are those of diffusers' development version; its releases up to 0.36 compute them in another way, and their times are up to
 * 1 less (of 4 steps at a shift of 3: 999, 899, 749, 499 for 999, 900, 750, 500).
 *
 * @param trainSteps {@code num_train_timesteps}
 * @param shift {@code flow_shift} of the noise levels
 * @param order {@code solver_order}: 1 or 2
 * @param type {@code solver_type}: the function B(h)
 * @param uncorrected {@code disable_corrector}: steps after which the corrector is left out
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/schedulers/scheduling_unipc_multistep.py">
 *      diffusers, UniPCMultistepScheduler</a>
 */
public record UniPCMultistepScheduler(int trainSteps, double shift, int order, SolverType type,
        Set<Integer> uncorrected) implements Scheduler {
    /** B(h) of the paper's section 3.3. */
    public enum SolverType {
        /** h itself. */
        BH1,
        /** eʰ − 1. */
        BH2
    }

    static UniPCMultistepScheduler of(JsonFile config) {
        if (!config.text("prediction_type").equals("flow_prediction")) {
            throw config.unexpected("prediction_type", "\"flow_prediction\": no other is supported");
        }
        if (!config.flag("use_flow_sigmas", false)) throw config.unexpected("use_flow_sigmas", "true");
        if (!config.flag("predict_x0", true)) throw config.unexpected("predict_x0", "true: false is not supported");
        if (!config.flag("lower_order_final", true)) {
            throw config.unexpected("lower_order_final", "true: false is not supported");
        }
        if (!config.text("final_sigmas_type", "zero").equals("zero")) {
            throw config.unexpected("final_sigmas_type", "\"zero\": no other is supported");
        }
        Scheduler.refuseAll(config, "thresholding", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas",
                "use_dynamic_shifting");
        if (config.has("solver_p")) throw config.unexpected("solver_p", "null: it is not supported");
        if (config.has("shift_terminal")) throw config.unexpected("shift_terminal", "null: it is not supported");
        int order = config.integer("solver_order", 2);
        if (order < 1 || order > 2) throw config.unexpected("solver_order", "1 or 2: no other is supported");
        SolverType type = switch (config.text("solver_type", "bh2")) {
            case "bh1" -> SolverType.BH1;
            case "bh2" -> SolverType.BH2;
            default -> throw config.unexpected("solver_type", "\"bh1\" or \"bh2\"");
        };
        Set<Integer> uncorrected = config.has("disable_corrector")
                ? Set.copyOf(config.integers("disable_corrector"))
                : Set.of();
        return new UniPCMultistepScheduler(Scheduler.trainSteps(config),
                Scheduler.shift(config, "flow_shift"), order,
                type, uncorrected);
    }

    @Override
    public UniPCMultistepScheduler withShift(double other) {
        return new UniPCMultistepScheduler(trainSteps, other, order, type, uncorrected);
    }

    @Override
    public SamplerRun start(int steps) {
        Scheduler.requireSteps(steps);
        var sigmas = new float[steps + 1];
        var timesteps = new double[steps];
        double width = (1.0 / trainSteps - 1) / steps;
        for (int i = 0; i < steps; i++) {
            double sigma = Scheduler.shifted(1 + i * width, shift);
            if (i == 0 && Math.abs(sigma - 1) < 1e-6) sigma -= 1e-6; // at σ = 1, log α is infinite
            sigmas[i] = (float) sigma;
            timesteps[i] = Math.floor(sigma * trainSteps); // the model was trained on whole numbers
        }
        return new UniPCRun(this, timesteps, Scheduler.requireFalling(sigmas, shift));
    }
}
