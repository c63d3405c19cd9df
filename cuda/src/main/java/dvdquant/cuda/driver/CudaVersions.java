package dvdquant.cuda.driver;

import dvdquant.core.InputException;
import org.bytedeco.cuda.global.cudart;

/**
 * Which versions of CUDA are at work, as {@code 13.0}.
 *
 * @param driver the newest CUDA that the driver can run
 * @param runtime the library that libtorch runs on
 * @param compiler NVRTC, which compiles our kernels
 */
public record CudaVersions(String driver, String runtime, String compiler) {
    /**
     * Asks the libraries, all of which must be loadable ({@link CudaLibraries#inspect()}).
     *
     * @throws CudaException if one does not answer
     */
    public static CudaVersions read() {
        var driver = new int[1];
        Driver.check(cudart.cuDriverGetVersion(driver), "cuDriverGetVersion");
        var runtime = new int[1];
        Driver.check(cudart.cudaRuntimeGetVersion(runtime), "cudaRuntimeGetVersion");
        return new CudaVersions(text(driver[0]), text(runtime[0]), Compiler.version());
    }

    /** A driver runs any runtime of its major version, and older ones. */
    public boolean driverIsTooOld() {
        return major(driver) < major(runtime);
    }

    /** @throws InputException if the driver is too old: the runtime itself would say no more than a number */
    void requireDriver() {
        if (driverIsTooOld()) {
            throw new InputException("the driver is for CUDA " + driver + ", older than the runtime's "
                    + runtime + ", expected one for CUDA " + major(runtime) + " or later");
        }
    }

    private static int major(String version) {
        return Integer.parseInt(version.substring(0, version.indexOf('.')));
    }

    /** CUDA writes 13.1 as 13010. */
    static String text(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }
}
