/**
 * Looks at a model to show what is in it and what quantization does to it: the errors of its weights, and what its activations are like. Depends on
 * the quantizer, the weights and the pipelines.
 */
package dvdquant.models.survey;
