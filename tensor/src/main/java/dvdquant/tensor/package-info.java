/**
 * A facade over libtorch: {@link dvdquant.tensor.Tensor}, the scopes that own native memory, and {@link dvdquant.tensor.Kernels},
 * the operations for which we own a kernel. Depends on core and the bytedeco presets; nothing of JavaCPP gets past it.
 */
@Api
package dvdquant.tensor;

import dvdquant.core.Api;
