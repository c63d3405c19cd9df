/** Samples with a model in full precision, for methods that must have seen activations before they quantize. */
package dvdquant.models.calibrate;
