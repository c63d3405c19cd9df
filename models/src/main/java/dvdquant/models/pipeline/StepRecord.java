package dvdquant.models.pipeline;

/**
 * What a denoising step did.
 *
 * @param step from 0
 * @param timestep from 1000 (noise) to 0
 * @param activationBits of the quantized layers; 16 where activations were not quantized
 * @param seconds that it took
 */
public record StepRecord(int step, double timestep, int activationBits, double seconds) {}
