/**
 * The command {@code quantize}: checkpoints to quantized ones, layers as tasks. Executors write what they make into files of their own beside the
 * target; the driver takes of each task the files of one run, has them joined, and puts the folder in its place.
 */
package dvdquant.spark.quantize;
