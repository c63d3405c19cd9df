package dvdquant.cuda;

import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.KernelsContract;

@Gpu
class CudaKernelsTest extends KernelsContract {
    @Override
    protected Kernels create() {
        return CudaKernels.open(0, Gpu.Settings.of(AttentionMode.EXACT));
    }
}
