package dvdquant.app.doctor;

import dvdquant.core.io.Reasons;
import dvdquant.cuda.driver.CudaException;
import dvdquant.cuda.driver.CudaLibraries;
import dvdquant.cuda.driver.CudaLibraries.Library;
import dvdquant.cuda.driver.CudaVersions;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.cuda.driver.LibraryVersions;
import dvdquant.models.pipeline.MemoryPlan;

import java.util.ArrayList;
import java.util.List;

/** NVIDIA's GPUs and what they need. Nothing of it is needed for the processor, so nothing is missing if there is none. */
final class GraphicsCards {
    private static final String SUBJECT = "CUDA";

    private GraphicsCards() {}

    static List<Finding> findings() {
        List<Finding> missing = missing(CudaLibraries.inspect());
        if (!missing.isEmpty()) return missing;
        var findings = new ArrayList<Finding>();
        try {
            findings.add(finding(CudaVersions.read()));
            findings.add(libraries(LibraryVersions.cublas(), LibraryVersions.cudnn()));
            List<GpuProperties> devices = GpuProperties.all();
            if (devices.isEmpty()) findings.add(noGpu("the driver shows none"));
            devices.forEach(device -> findings.add(finding(device)));
        } catch (CudaException | LinkageError e) {
            findings.add(noGpu(Reasons.innermost(e)));
        }
        return findings;
    }

    static Finding finding(CudaVersions versions) {
        String text = "driver for CUDA " + versions.driver() + ", runtime " + versions.runtime() + ", NVRTC "
                + versions.compiler() + ", libtorch for CUDA";
        return versions.driverIsTooOld()
                ? Finding.warn(SUBJECT, text + ": the driver is older than the runtime, install a newer one")
                : Finding.ok(SUBJECT, text);
    }

    static Finding libraries(String cublas, String cudnn) {
        String text = "cuBLAS " + cublas + ", cuDNN " + cudnn;
        return LibraryVersions.isMissing(cublas) || LibraryVersions.isMissing(cudnn)
                ? Finding.warn(SUBJECT, text + "; " + CudaLibraries.howToGet())
                : Finding.ok(SUBJECT, text);
    }

    private static Finding noGpu(String reason) {
        return Finding.info("GPU", "none that can be used (" + reason + "): everything runs on the processor");
    }

    /** A line a library that cannot be loaded: without the first, which the others need, that alone; empty if all can. */
    static List<Finding> missing(List<Library> libraries) {
        return libraries.stream().filter(library -> library.missing().isPresent())
                .limit(libraries.getFirst().missing().isPresent() ? 1 : libraries.size()).map(GraphicsCards::finding)
                .toList();
    }

    private static Finding finding(Library missing) {
        String reason = missing.missing().orElseThrow();
        return missing.isInBuild()
                ? Finding.warn(SUBJECT, missing.name() + " cannot be loaded (" + reason + "); "
                        + CudaLibraries.howToGet())
                : Finding.info(SUBJECT, reason + " (" + missing.name() + "): everything runs on the processor; "
                        + "for an NVIDIA GPU " + CudaLibraries.howToGet());
    }

    static Finding finding(GpuProperties device) {
        String text = device.describe() + ", " + MemoryPlan.gib(device.memoryBytes()) + ", "
                + device.multiprocessors() + " multiprocessors: ";
        String subject = "GPU " + device.device();
        if (device.isHopper()) {
            return Finding.ok(subject, text + "kernels for Hopper, --attention int8 too");
        }
        return device.major() == 8
                ? Finding.info(subject, text + "kernels for " + device.architecture()
                        + ", compiled and checked, but never run on such a card")
                : Finding.warn(subject, text + "not supported, expected compute capability 8.0 to 9.0 (Ampere, Ada, "
                        + "Hopper)");
    }
}
