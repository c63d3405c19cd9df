package dvdquant.cuda.driver;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;

import java.nio.charset.StandardCharsets;

/** Turns the status codes of the driver and of NVRTC into exceptions. */
final class Driver {
    private Driver() {}

    /** @throws CudaException if {@code status} is not success */
    static void check(int status, String call) {
        if (status == cudart.CUDA_SUCCESS) return;
        try (var reason = new BytePointer()) {
            int unknown = cudart.cuGetErrorString(status, reason);
            throw new CudaException(call + ": "
                    + (unknown == cudart.CUDA_SUCCESS ? reason.getString() : "error") + " (" + status + ")");
        }
    }

    /** @throws CudaException if {@code status} is not success */
    static void checkCompiler(int status, String call) {
        if (status == nvrtc.NVRTC_SUCCESS) return;
        throw new CudaException(call + ": " + nvrtc.nvrtcGetErrorString(status).getString());
    }

    /** What a call wrote, up to the zero byte. */
    static String text(BytePointer memory) {
        String all = memory.getString(StandardCharsets.ISO_8859_1);
        int end = all.indexOf(0);
        return end < 0 ? all : all.substring(0, end);
    }
}
