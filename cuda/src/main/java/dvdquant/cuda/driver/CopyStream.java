package dvdquant.cuda.driver;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.pytorch.global.torch_cuda;

/** A stream beside libtorch's, for copies that run while kernels do. */
public final class CopyStream implements AutoCloseable {
    private final int device;
    private final CUstream_st stream = new CUstream_st();

    /** A point in the work of a stream. */
    public static final class Mark implements AutoCloseable {
        private final CUevent_st event = new CUevent_st();

        public Mark() {
            Driver.check(cudart.cuEventCreate(event, cudart.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
        }

        @Override
        public void close() {
            cudart.cuEventDestroy(event);
        }
    }

    public CopyStream(int device) {
        this.device = device;
        Driver.check(cudart.cuStreamCreate(stream, cudart.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    }

    /** Queues a copy from pinned memory. */
    public void copy(long to, PinnedMemory from) {
        Driver.check(cudart.cuMemcpyHtoDAsync(to, from.pointer(), from.bytes(), stream), "cuMemcpyHtoDAsync");
    }

    /** Marks what this stream was asked to do so far. */
    public void record(Mark mark) {
        Driver.check(cudart.cuEventRecord(mark.event, stream), "cuEventRecord");
    }

    /** This stream's later work waits for a mark. */
    public void await(Mark mark) {
        Driver.check(cudart.cuStreamWaitEvent(stream, mark.event, 0), "cuStreamWaitEvent");
    }

    /** Marks what libtorch's stream was asked to do so far. */
    public void recordKernels(Mark mark) {
        try (var kernels = torch_cuda.getCurrentCUDAStream((byte) device)) {
            Driver.check(cudart.cuEventRecord(mark.event, kernels.stream()), "cuEventRecord");
        }
    }

    /** The later work of libtorch's stream waits for a mark. */
    public void kernelsAwait(Mark mark) {
        try (var kernels = torch_cuda.getCurrentCUDAStream((byte) device)) {
            Driver.check(cudart.cuStreamWaitEvent(kernels.stream(), mark.event, 0), "cuStreamWaitEvent");
        }
    }

    /** Waits for the copies so far. */
    public void synchronize() {
        Driver.check(cudart.cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    @Override
    public void close() {
        cudart.cuStreamDestroy(stream);
    }
}
