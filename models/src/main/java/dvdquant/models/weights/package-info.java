/** From a checkpoint's files to tensors: what a model needs, and how it is loaded. */
package dvdquant.models.weights;
