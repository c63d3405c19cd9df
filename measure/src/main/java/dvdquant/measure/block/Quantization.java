package dvdquant.measure.block;

import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.weights.WeightScheme;

/** How a benchmark's layers are quantized. */
public record Quantization(WeightScheme weights, ActivationScheme activations) {}
