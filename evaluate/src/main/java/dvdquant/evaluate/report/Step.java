package dvdquant.evaluate.report;

import java.util.OptionalDouble;

/**
 * A sampling step.
 *
 * @param bits of the activations; averaged over prompts it need not be whole
 * @param skipped whether TeaCache left out the forward pass
 * @param change the L1 change of the model's output against that of the step before, relative; empty where none is known
 * @param latentsDb signal over error of the latents after this step, against full precision; empty for full precision
 */
public record Step(double bits, boolean skipped, OptionalDouble change, OptionalDouble latentsDb) {}
