/** Products of quantized weights and 8-bit codes. */
package dvdquant.tensor.cpu.integer;
