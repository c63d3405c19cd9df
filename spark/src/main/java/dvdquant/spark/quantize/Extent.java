package dvdquant.spark.quantize;

import java.io.Serializable;

/**
 * Where bytes of a tensor lie.
 *
 * @param tensor of the new component
 * @param file that an executor wrote
 * @param offset in it
 * @param length in bytes
 */
record Extent(String tensor, String file, long offset, long length) implements Serializable {}
