/**
 * What a component's files hold: its tensors by name and shape, and how its layers are quantized, as {@code quantization_config} says.
 * No native code: readers, writers and tools stand on it alike.
 */
@Api
package dvdquant.core.checkpoint;

import dvdquant.core.Api;
