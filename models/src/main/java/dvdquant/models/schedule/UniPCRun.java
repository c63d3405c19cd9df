package dvdquant.models.schedule;

import dvdquant.models.schedule.UniPCMultistepScheduler.SolverType;

/**
 * The state of UniPC: the clean latents predicted at the last two steps, and the latents before the last prediction. Symbols are
 * the paper's: m are predicted clean latents, D1 differences of them, h the step in λ.
 */
final class UniPCRun implements SamplerRun {
    private final UniPCMultistepScheduler config;
    private final double[] timesteps;
    private final float[] sigmas;
    private int index;
    private int lastOrder;
    private float[] lastSample;
    private float[] m0;
    private float[] m1;

    UniPCRun(UniPCMultistepScheduler config, double[] timesteps, float[] sigmas) {
        this.config = config;
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
        float[] predicted = cleanLatents(modelOutput, sample);
        boolean correct = lastSample != null && !config.uncorrected().contains(index - 1);
        float[] corrected = correct ? correct(predicted) : sample;
        m1 = m0;
        m0 = predicted;
        int warmedUp = Math.min(config.order(), index + 1);
        lastOrder = Math.min(warmedUp, timesteps.length - index); // the last steps are of lower order
        lastSample = corrected;
        float[] next = predict(corrected);
        index++;
        return next;
    }

    private float[] cleanLatents(float[] flow, float[] sample) {
        float sigma = sigmas[index];
        var clean = new float[sample.length];
        for (int i = 0; i < clean.length; i++) {
            clean[i] = sample[i] - sigma * flow[i];
        }
        return clean;
    }

    /** UniP: from the noise level of this step to that of the next. */
    private float[] predict(float[] sample) {
        var step = new Step(index, index + 1);
        if (lastOrder == 1) return combine(step, sample, m0, 0, 0, null, m0);
        double ratio = (lambda(index - 1) - lambda(index)) / step.h;
        return combine(step, sample, m0, 0.5 / ratio, 0, null, m1);
    }

    /** UniC: the last prediction again, now that the model has been asked at its end. */
    private float[] correct(float[] predicted) {
        var step = new Step(index - 1, index);
        if (lastOrder == 1) return combine(step, lastSample, m0, 0, 0.5, predicted, m0);
        double ratio = (lambda(index - 2) - lambda(index - 1)) / step.h;
        // the two equations ρ₁ + ρ₂ = b₁ and r ρ₁ + ρ₂ = b₂
        double rho1 = (step.b1 - step.b2) / (1 - ratio);
        double rho2 = step.b1 - rho1;
        return combine(step, lastSample, m0, rho1 / ratio, rho2, predicted, m1);
    }

    /** σₜ/σₛ x − αₜ (e⁻ʰ − 1) m₀ − αₜ B(h) (a (earlier − m₀) + c (later − m₀)). */
    private static float[] combine(Step step, float[] x, float[] m0, double a, double c, float[] later,
            float[] earlier) {
        float keep = (float) step.keep;
        float toClean = (float) (step.alpha * step.phi1);
        float toEarlier = step.weight(a);
        float toLater = step.weight(c);
        var result = new float[x.length];
        for (int i = 0; i < result.length; i++) {
            float value = keep * x[i] - toClean * m0[i] - toEarlier * (earlier[i] - m0[i]);
            result[i] = later == null ? value : value - toLater * (later[i] - m0[i]);
        }
        return result;
    }

    private double lambda(int at) {
        return Math.log(1.0 - sigmas[at]) - Math.log(sigmas[at]);
    }

    /** The coefficients of going from one noise level to another. At the last one, σ = 0, h is infinite and all have limits. */
    private final class Step {
        final double h;
        final double keep;
        final double alpha;
        final double phi1;
        final double bh;
        final double b1;
        final double b2;

        Step(int from, int to) {
            h = lambda(to) - lambda(from);
            keep = (double) sigmas[to] / sigmas[from];
            alpha = 1.0 - sigmas[to];
            phi1 = Math.expm1(-h);
            bh = config.type() == SolverType.BH1 ? -h : phi1;
            double phi2 = phi1 / -h - 1;
            double phi3 = phi2 / -h - 0.5;
            b1 = phi2 / bh;
            b2 = 2 * phi3 / bh;
        }

        /** αₜ B(h) times a coefficient; without one, nothing, for B(h) may be infinite where the last step ends. */
        float weight(double coefficient) {
            return coefficient == 0 ? 0 : (float) (alpha * bh * coefficient);
        }
    }
}
