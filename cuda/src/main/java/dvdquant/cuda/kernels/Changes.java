package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How much a tensor has changed, as a reduction on the GPU of which two numbers come back: change.cu. */
public final class Changes {
    /** Blocks of the kernel, each with two sums. */
    private static final int PARTS = 256;

    private final KernelLibrary library;

    public Changes(KernelLibrary library) {
        this.library = library;
    }

    /** ‖now − last‖₁ / ‖last‖₁ of F32 or BF16, in f64; from zeros any change counts as 1. */
    public double relative(Tensor now, Tensor last) {
        try (var _ = TensorScope.open()) {
            Device device = now.device();
            Tensor partial = Tensor.empty(device, ElementType.F64, PARTS, 2);
            Tensor finished = Tensor.zeros(ElementType.I32, 1).to(device);
            Tensor sums = Tensor.empty(device, ElementType.F64, 2);
            var source = new KernelSource("change.cu").with("INPUT_F32", now.type() == ElementType.F32 ? 1 : 0);
            library.kernel(source, "change").launch(PARTS, new Arguments().tensor(now).tensor(last)
                    .large(now.shape().elements()).tensor(partial).tensor(finished).tensor(sums));
            MemorySegment memory = sums.to(Device.CPU).segment();
            double difference = memory.getAtIndex(ValueLayout.JAVA_DOUBLE, 0);
            double norm = memory.getAtIndex(ValueLayout.JAVA_DOUBLE, 1);
            if (norm == 0) return difference == 0 ? 0 : 1;
            return difference / norm;
        }
    }
}
