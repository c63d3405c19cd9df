/** The native libraries beneath libtorch's facade: how they are loaded, their threads, and the memory of the process that they share. */
package dvdquant.tensor.natives;
