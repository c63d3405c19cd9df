/** One block of a transformer, in full precision and quantized, beside libtorch's. */
package dvdquant.measure.block;
