/**
 * From a checkpoint to a quantized checkpoint: which layers, in which format, streamed from file to file. Knows no model's forward
 * pass.
 */
package dvdquant.models.quantize;
