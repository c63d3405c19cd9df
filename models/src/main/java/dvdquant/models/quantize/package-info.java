/**
 * From a checkpoint to a quantized checkpoint: which layers, in which format, streamed from file to file. Depends on the weights, and
 * on the pipelines: they know a model's layout, and sample where a method must have seen activations.
 */
package dvdquant.models.quantize;
