package dvdquant.cuda.driver;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.pytorch.global.torch_cuda;

/** A kernel on a GPU, ready to be launched on libtorch's current stream. */
public final class Kernel {
    private final GpuProperties device;
    private final String name;
    private final CUfunc_st function;
    private final LaunchShape shape;

    Kernel(GpuProperties device, String name, CUfunc_st function, LaunchShape shape) {
        this.device = device;
        this.name = name;
        this.function = function;
        this.shape = shape;
    }

    public LaunchShape shape() {
        return shape;
    }

    /** Queues a run of as many blocks as the GPU holds at once, but no more than there is work; the arguments are copied. */
    public void launchPersistent(long work, Arguments arguments) {
        launch(Math.min(work, (long) device.multiprocessors() * shape.resident()), arguments);
    }

    /** Queues a run of so many blocks; the arguments are copied. */
    public void launch(long blocks, Arguments arguments) {
        launch(blocks, 1, arguments);
    }

    /** Queues a run of a grid of blocks; the arguments are copied. */
    public void launch(long x, long y, Arguments arguments) {
        try (var current = torch_cuda.getCurrentCUDAStream((byte) device.index())) {
            CUstream_st stream = current.stream();
            Driver.check(
                    cudart.cuLaunchKernel(function, Math.toIntExact(x), Math.toIntExact(y), 1, shape.threads(), 1, 1,
                            shape.sharedBytes(), stream, arguments.pointers(), (PointerPointer<?>) null),
                    "launch of " + name + ", " + x + " × " + y + " blocks of " + shape);
        }
    }
}
