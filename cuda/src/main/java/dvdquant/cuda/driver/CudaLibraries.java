package dvdquant.cuda.driver;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch_cuda;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The native libraries that a GPU needs: the driver, the CUDA runtime, NVRTC, and libtorch with its CUDA part. */
public final class CudaLibraries {
    private static final String HOW = "build with ./mvnw package -Pcuda, and have NVIDIA's driver for CUDA 13 (580 or later),"
            + " CUDA 13 and cuDNN 9 where the system finds libraries, or in LD_LIBRARY_PATH (docs/gpu.md)";

    private static final String NOT_IN_BUILD = "not in this build";
    /** How JavaCPP and the JVM say that the native half of bindings is in no jar. */
    private static final Pattern NO_NATIVE_HALF = Pattern.compile("(?:no|find) jni\\w+ in ");

    private CudaLibraries() {}

    /**
     * What stands for a library.
     *
     * @param missing why it cannot be loaded; empty if it can
     */
    public record Library(String name, Optional<String> missing) {
        /** False if {@code -Pcuda} would bring it. */
        public boolean isInBuild() {
            return !missing.equals(Optional.of(NOT_IN_BUILD));
        }
    }

    /** Tries to load each. */
    public static List<Library> inspect() {
        return List.of(library("CUDA runtime and driver", cudart.class), library("NVRTC", nvrtc.class),
                library("libtorch for CUDA", torch_cuda.class));
    }

    private static Library library(String name, Class<?> bindings) {
        try {
            Loader.load(bindings);
            return new Library(name, Optional.empty());
        } catch (LinkageError e) {
            return missing(name, e);
        }
    }

    /** With what the system said of the file that it could not load, rather than that JavaCPP found none of its own. */
    static Library missing(String name, Throwable failure) {
        String said = Reasons.innermost(failure);
        // A second try is told of the first one's failure, with the names of its classes and its thread.
        said = said.replaceFirst("^Exception [\\w.]+: ", "").replaceFirst(" \\[in thread .*]$", "");
        return new Library(name, Optional.of(NO_NATIVE_HALF.matcher(said).find() ? NOT_IN_BUILD : said));
    }

    /** @throws InputException if one cannot be loaded: says which, why, and how to get it */
    static void require() {
        for (Library library : inspect()) {
            library.missing().ifPresent(reason -> {
                throw new InputException(
                        library.name() + " cannot be loaded (" + reason + "); " + HOW);
            });
        }
    }

    /** How to get what is missing, as a part of a sentence. */
    public static String howToGet() {
        return HOW;
    }
}
