package dvdquant.cuda.driver;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.pytorch.global.torch_cuda;

/** Measures work on libtorch's current stream by the GPU's own clock. */
final class Stopwatch implements AutoCloseable {
    /** Longer than the host takes to queue a few kernels. */
    private static final int PAUSE_MICROSECONDS = 2000;

    private final int device;
    private final Kernel pause;
    private final CUevent_st start = event();
    private final CUevent_st end = event();

    Stopwatch(KernelLibrary library) {
        this.device = library.device().index();
        this.pause = library.kernel(new KernelSource("pause.cu"), "pause");
    }

    private static CUevent_st event() {
        var event = new CUevent_st();
        Driver.check(cudart.cuEventCreate(event, cudart.CU_EVENT_DEFAULT), "cuEventCreate");
        return event;
    }

    double milliseconds(Runnable work) {
        pause.launch(1, new Arguments().integer(PAUSE_MICROSECONDS));
        record(start);
        work.run();
        record(end);
        Driver.check(cudart.cuEventSynchronize(end), "cuEventSynchronize");
        var milliseconds = new float[1];
        Driver.check(cudart.cuEventElapsedTime(milliseconds, start, end), "cuEventElapsedTime");
        return milliseconds[0];
    }

    private void record(CUevent_st event) {
        try (var current = torch_cuda.getCurrentCUDAStream((byte) device)) {
            Driver.check(cudart.cuEventRecord(event, current.stream()), "cuEventRecord");
        }
    }

    @Override
    public void close() {
        cudart.cuEventDestroy(start);
        cudart.cuEventDestroy(end);
    }
}
