/**
 * From a checkpoint to a quantized checkpoint: which layers, in which format, streamed from file to file; and layer by layer, for who
 * reads and writes by other ways. No native code, and no model family: which layers it quantizes is handed in, and so is what a method
 * must have seen of activations.
 */
@Api
package dvdquant.core.quantize;

import dvdquant.core.Api;
