package dvdquant.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Which versions of the libraries below libtorch are loaded. No bindings of ours reach them, so they are asked by name. */
@SuppressWarnings("restricted") // calls into C
public final class LibraryVersions {
    private static final String DNN = "libcudnn.so.9";
    private static final String BLAS = "libcublas.so.13";
    /** Of {@code libraryPropertyType}: MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL. */
    private static final int PROPERTIES = 3;

    private static final String NOT_FOUND = "not found";

    private LibraryVersions() {}

    /** Whether an answer says that the library is not there. */
    public static boolean isMissing(String version) {
        return version.startsWith(NOT_FOUND);
    }

    /** As {@code 9.19.0}; says so if the library is not found. */
    public static String cudnn() {
        return read(DNN, LibraryVersions::cudnn);
    }

    /** As {@code 13.1.0}; says so if the library is not found. */
    public static String cublas() {
        return read(BLAS, LibraryVersions::cublas);
    }

    private interface Question {
        String ask(SymbolLookup library, Arena arena) throws Throwable;
    }

    private static String read(String library, Question question) {
        try (var arena = Arena.ofConfined()) {
            return question.ask(SymbolLookup.libraryLookup(library, arena), arena);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) { // what a MethodHandle may throw
            return NOT_FOUND + " (" + library + ")";
        }
    }

    /** {@code size_t cudnnGetVersion(void)}: 91900 is 9.19.0. */
    private static String cudnn(SymbolLookup library, Arena arena) throws Throwable {
        MethodHandle get = Linker.nativeLinker().downcallHandle(library.findOrThrow("cudnnGetVersion"),
                FunctionDescriptor.of(JAVA_LONG));
        long version = (long) get.invokeExact();
        return version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }

    /** {@code cublasStatus_t cublasGetProperty(libraryPropertyType, int *)}, which needs no handle. */
    private static String cublas(SymbolLookup library, Arena arena) throws Throwable {
        MethodHandle get = Linker.nativeLinker().downcallHandle(library.findOrThrow("cublasGetProperty"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
        MemorySegment value = arena.allocate(JAVA_INT);
        var version = new StringBuilder();
        for (int property = 0; property < PROPERTIES; property++) {
            int status = (int) get.invokeExact(property, value);
            if (status != 0) return "unknown";
            version.append(property == 0 ? "" : ".").append(value.get(JAVA_INT, 0));
        }
        return version.toString();
    }
}
