/** Operations by kernels of ours, each with the source that it launches. */
package dvdquant.cuda.kernels;
