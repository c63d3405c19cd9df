/** Products of floats: oneDNN's, and ours on AVX2. */
package dvdquant.tensor.cpu.product;
