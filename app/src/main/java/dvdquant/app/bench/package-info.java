/** Benchmarks of our kernels and loading, and the random checkpoints they run on. May use models; the commands print. */
package dvdquant.app.bench;
