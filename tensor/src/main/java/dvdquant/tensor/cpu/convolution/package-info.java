/** Convolutions over frames, height and width, a block at a time. */
package dvdquant.tensor.cpu.convolution;
