package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.KernelsContract;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

class CpuKernelsTest extends KernelsContract {
    @Override
    protected ComputeDevice open(int threads) {
        return CpuDevice.open(threads);
    }

    @Test
    void runsBesideOthers() throws Exception {
        Callable<float[]> work = () -> {
            try (var _ = TensorScope.open(); var device = CpuDevice.open()) {
                Tensor hidden = Tensor.randn(3, 130, 192).to(ElementType.BF16);
                Tensor weight = Tensor.randn(4, 192, 192).to(ElementType.BF16);
                for (int i = 0; i < 10; i++) {
                    Tensor attended = device.kernels().attention(hidden, hidden, hidden, 3);
                    hidden = device.kernels().gatedResidual(hidden,
                            device.kernels().linear(attended, weight, null).multiply(0.05), null);
                }
                return hidden.toFloats();
            }
        };
        float[] expected = work.call();
        var running = new ArrayList<Future<float[]>>();
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < 6; i++) {
                running.add(threads.submit(work));
            }
        }
        for (Future<float[]> result : running) {
            assertThat(result.get()).isEqualTo(expected);
        }
    }
}
