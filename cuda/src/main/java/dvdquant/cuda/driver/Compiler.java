package dvdquant.cuda.driver;

import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** NVRTC: CUDA C++ to the machine code of one architecture. */
final class Compiler {
    private Compiler() {}

    /** {@code 13.0} */
    static String version() {
        var major = new int[1];
        var minor = new int[1];
        Driver.checkCompiler(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
        return major[0] + "." + minor[0];
    }

    /**
     * @param architecture such as {@code sm_90a}
     * @return a cubin
     * @throws CudaException if the source does not compile; with the compiler's words
     */
    static byte[] compile(KernelSource source, String architecture) {
        Map<String, String> headers = source.headers();
        try (var _ = new PointerScope()) {
            var program = new _nvrtcProgram();
            Driver.checkCompiler(nvrtc.nvrtcCreateProgram(program, new BytePointer(source.text()),
                    new BytePointer(source.file()), headers.size(), texts(List.copyOf(headers.values())),
                    texts(List.copyOf(headers.keySet()))), "nvrtcCreateProgram");
            try {
                var options = new ArrayList<>(source.options());
                options.add("--std=c++17");
                options.add("--gpu-architecture=" + architecture);
                int status = nvrtc.nvrtcCompileProgram(program, options.size(), texts(options));
                if (status != nvrtc.NVRTC_SUCCESS) {
                    throw new CudaException(source + " does not compile for " + architecture + ": " + log(program));
                }
                return cubin(program);
            } finally {
                nvrtc.nvrtcDestroyProgram(program);
            }
        }
    }

    private static PointerPointer<BytePointer> texts(List<String> texts) {
        return new PointerPointer<>(texts.stream().map(BytePointer::new).toArray(BytePointer[]::new));
    }

    private static String log(_nvrtcProgram program) {
        var size = new SizeTPointer(1);
        Driver.checkCompiler(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
        var log = new BytePointer(size.get());
        Driver.checkCompiler(nvrtc.nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog");
        return Driver.text(log).strip();
    }

    private static byte[] cubin(_nvrtcProgram program) {
        var size = new SizeTPointer(1);
        Driver.checkCompiler(nvrtc.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
        var code = new BytePointer(size.get());
        Driver.checkCompiler(nvrtc.nvrtcGetCUBIN(program, code), "nvrtcGetCUBIN");
        var bytes = new byte[Math.toIntExact(size.get())];
        code.get(bytes);
        return bytes;
    }
}
