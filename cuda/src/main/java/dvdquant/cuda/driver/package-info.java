/** The CUDA driver: GPUs, compilation of kernels, their launches, memory that the driver copies. */
package dvdquant.cuda.driver;
