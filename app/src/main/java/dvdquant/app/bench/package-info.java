/** The command {@code bench}: a block and whole forwards, beside libtorch's. Its timing is the developers' benchmarks' too. */
package dvdquant.app.bench;
