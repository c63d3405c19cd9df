package dvdquant.cuda;

import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.KernelsContract;

@Gpu
class CudaKernelsTest extends KernelsContract {
    @Override
    protected ComputeDevice open(int threads) {
        return CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT), threads);
    }
}
