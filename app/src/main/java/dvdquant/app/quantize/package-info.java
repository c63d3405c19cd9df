/** The command {@code quantize}: a checkpoint to a quantized one. */
package dvdquant.app.quantize;
