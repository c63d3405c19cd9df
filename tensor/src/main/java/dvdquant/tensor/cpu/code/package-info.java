/** Machine code for x86-64, made in Java: the innermost loops for which the Vector API has no instruction. Knows no tensors. */
package dvdquant.tensor.cpu.code;
