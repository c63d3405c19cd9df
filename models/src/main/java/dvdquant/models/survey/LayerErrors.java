package dvdquant.models.survey;

import dvdquant.core.checkpoint.WeightSize;

/**
 * The errors of one layer's weight [out, in].
 *
 * @param size of the weight, quantized, its bias not counted
 */
public record LayerErrors(LayerName name, int out, int in, WeightSize size, MeasuredErrors errors) {}
