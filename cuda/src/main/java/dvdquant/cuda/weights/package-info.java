/** Weights of quantized layers: how they rest, in the GPU's memory or the host's. */
package dvdquant.cuda.weights;
