/** Benchmarks for developers: of single kernels beside libtorch's, of loading, and of the core's loops. Start at {@link dvdquant.benchmarks.Bench}. */
package dvdquant.benchmarks;
