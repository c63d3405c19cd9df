/** Transformers that encode what a model is conditioned on, run layer by layer, and the layers that several of them share. */
package dvdquant.models.encoder;
