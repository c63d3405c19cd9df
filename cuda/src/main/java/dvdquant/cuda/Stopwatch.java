package dvdquant.cuda;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.pytorch.global.torch_cuda;

/** Measures work on libtorch's current stream by the GPU's own clock. */
final class Stopwatch implements AutoCloseable {
    private final int device;
    private final CUevent_st start = event();
    private final CUevent_st end = event();

    Stopwatch(int device) {
        this.device = device;
    }

    private static CUevent_st event() {
        var event = new CUevent_st();
        Driver.check(cudart.cuEventCreate(event, cudart.CU_EVENT_DEFAULT), "cuEventCreate");
        return event;
    }

    double milliseconds(Runnable work) {
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
