/**
 * The kernels on an NVIDIA GPU. Their sources are CUDA C++ among the resources, compiled by NVRTC when they are first needed and cached
 * on disk; they run on libtorch's current stream and in libtorch's memory. Start with {@link dvdquant.cuda.CudaDevice}.
 */
@Api
package dvdquant.cuda;

import dvdquant.core.Api;
