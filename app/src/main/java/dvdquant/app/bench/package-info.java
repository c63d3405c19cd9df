/** The command {@code bench}: our kernels and loading, and the random checkpoints they run on. May use models. */
package dvdquant.app.bench;
