/** What all of the CPU's kernels stand on: its instructions, threads, memory. */
package dvdquant.tensor.cpu.machine;
