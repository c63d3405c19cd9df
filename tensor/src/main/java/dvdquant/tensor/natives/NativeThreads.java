package dvdquant.tensor.natives;

import org.bytedeco.pytorch.global.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The threads of the native libraries. libgomp's threads spin while they wait, and libtorch's f32 products go through OpenBLAS,
 * which has a pool of its own: where another program takes a core, both collapse. So, before the first native library is loaded,
 * {@code OMP_WAIT_POLICY=passive} and {@code OPENBLAS_NUM_THREADS=1} are set, unless the user has set them.
 */
public final class NativeThreads {
    private static final Linker LINKER = Linker.nativeLinker();

    static {
        NativeMemory.liftLimit();
        setEnvironmentUnlessSet("OMP_WAIT_POLICY", "passive");
        setEnvironmentUnlessSet("OPENBLAS_NUM_THREADS", "1");
        NativeLibraries.load();
    }

    private NativeThreads() {}

    /** Runs the static initializer: to be called before anything of JavaCPP is touched. */
    public static void prepare() {
        // The work is done once, when the class is initialized.
    }

    /** How many threads libtorch and oneDNN use for one operation of the calling thread. */
    public static int count() {
        return torch.get_num_threads();
    }

    /**
     * Sets the threads of libtorch and oneDNN for operations of the calling thread and of threads started later.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1
     */
    public static void setCount(int count) {
        if (count < 1) throw new IllegalArgumentException("threads: " + count + ", expected 1 or more");
        torch.set_num_threads(count);
    }

    /**
     * Sets the threads of OpenBLAS, which runs libtorch's f32 products, for the whole process: 1 unless the user says otherwise.
     * For measurements of libtorch at its best.
     *
     * @return how many there were
     * @throws IllegalArgumentException if {@code count} is less than 1
     */
    public static int setOpenBlasCount(int count) {
        if (count < 1) throw new IllegalArgumentException("threads of OpenBLAS: " + count + ", expected 1 or more");
        try {
            int before = (int) OpenBlas.GET_NUM_THREADS.invokeExact();
            OpenBlas.SET_NUM_THREADS.invokeExact(count);
            return before;
        } catch (Throwable e) {
            throw new TensorException("openblas_set_num_threads(" + count + "): " + e.getMessage(), e);
        }
    }

    /**
     * Makes OpenMP regions of the calling thread run on so many threads: on 1, several Java threads can each run products side by side.
     * libtorch's own setter would change the default of all threads.
     */
    public static void useInThisThread(int count) {
        torch.get_num_threads(); // libtorch sets a new thread's count to the default when it is first asked for something
        try {
            OmpSetNumThreads.HANDLE.invokeExact(count);
        } catch (Throwable e) {
            throw new TensorException("omp_set_num_threads(" + count + "): " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("restricted") // libc's setenv is the only way to set a variable that native libraries read
    private static void setEnvironmentUnlessSet(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle setenv = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("setenv"), FunctionDescriptor
                    .of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
            MemorySegment nameUtf8 = arena.allocateFrom(name);
            MemorySegment valueUtf8 = arena.allocateFrom(value);
            int status = (int) setenv.invokeExact(nameUtf8, valueUtf8, 0);
            if (status != 0) throw new TensorException("setenv(" + name + ") returned " + status, null);
        } catch (TensorException e) {
            throw e;
        } catch (Throwable e) {
            throw new TensorException("setenv(" + name + "): " + e.getMessage(), e);
        }
    }

    /** OpenBLAS is there once libtorch is loaded. */
    @SuppressWarnings("restricted")
    private static final class OpenBlas {
        private static final SymbolLookup LIBRARY = library();
        static final MethodHandle GET_NUM_THREADS = LINKER.downcallHandle(
                LIBRARY.findOrThrow("openblas_get_num_threads"), FunctionDescriptor.of(ValueLayout.JAVA_INT));
        static final MethodHandle SET_NUM_THREADS = LINKER.downcallHandle(
                LIBRARY.findOrThrow("openblas_set_num_threads"), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));

        private static SymbolLookup library() {
            torch.get_num_threads(); // loads libtorch, and OpenBLAS with it
            return SymbolLookup.libraryLookup("libopenblas.so.0", Arena.global());
        }
    }

    /** libgomp is there once libtorch is loaded, which this holder waits for. */
    @SuppressWarnings("restricted")
    private static final class OmpSetNumThreads {
        static final MethodHandle HANDLE = LINKER.downcallHandle(
                SymbolLookup.libraryLookup("libgomp.so.1", Arena.global()).findOrThrow("omp_set_num_threads"),
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
    }
}
