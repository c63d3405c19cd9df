package dvdquant.models.schedule;

/**
 * One run of a sampler. Latents are plain arrays, in whatever order: all is done element by element, in f32, with coefficients
 * computed in f64.
 */
public interface SamplerRun {
    /** {@return the time of each step, as the model takes it: 1000 is noise, 0 is data} */
    double[] timesteps();

    /** {@return the noise level before each step, and after the last} */
    float[] sigmas();

    /**
     * Takes the next step.
     *
     * @param modelOutput the flow that the model predicts for {@code sample}
     * @param sample the latents before the step
     * @return the latents after the step
     */
    float[] step(float[] modelOutput, float[] sample);
}
