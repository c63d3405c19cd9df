/**
 * The kernels on a CPU: products by oneDNN, all else by the Vector API on libtorch's memory. Used through
 * {@link dvdquant.tensor.Kernels} only.
 */
@Api
package dvdquant.tensor.cpu;

import dvdquant.core.Api;
