/** The command {@code bench}: a block and whole forwards, beside libtorch's. {@code dvdquant.measure} times them. */
package dvdquant.app.bench;
