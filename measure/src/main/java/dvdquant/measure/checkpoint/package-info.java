/** Checkpoints with random weights of real shapes, for benchmarks. May use models. */
package dvdquant.measure.checkpoint;
