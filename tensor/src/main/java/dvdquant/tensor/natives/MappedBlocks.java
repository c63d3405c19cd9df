package dvdquant.tensor.natives;

import dvdquant.core.machine.FreedMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * While one is open, malloc maps each large block by itself and gives it back to the system when it is freed, and what was freed before
 * has gone back already: the process takes what is alive, and no more. Otherwise malloc keeps freed memory for the next block, as the
 * start script asks of it, which is faster where blocks of the same sizes come again and again, but where they are of many sizes they leave
 * holes that nothing fits in. With another C library than glibc this does nothing.
 */
public final class MappedBlocks implements AutoCloseable {
    private static final int M_MMAP_THRESHOLD = -3; // malloc.h
    private static final int LARGE = 4 << 20;
    private static final String USERS = "MALLOC_MMAP_THRESHOLD_";
    /** Where glibc's own rule ends, unless the environment says otherwise. */
    private static final long GLIBCS = 32 << 20;

    private MappedBlocks() {}

    /**
     * For the whole process, until closed; not to be nested.
     *
     * @param onCpu whether the device is one; for another, whose allocator is not malloc, this is null
     */
    public static MappedBlocks open(boolean onCpu) {
        if (!onCpu) return null;
        FreedMemory.giveBack();
        setThreshold(LARGE);
        return new MappedBlocks();
    }

    @Override
    public void close() {
        setThreshold((int) Math.min(Integer.MAX_VALUE, environment(USERS)));
    }

    private static void setThreshold(int bytes) {
        Glibc.MALLOPT.ifPresent(mallopt -> {
            try {
                int done = (int) mallopt.invokeExact(M_MMAP_THRESHOLD, bytes);
                // Older ones take from the environment what they refuse here: beyond 32 MiB.
                if (done == 0) done = (int) mallopt.invokeExact(M_MMAP_THRESHOLD, (int) GLIBCS);
            } catch (Throwable e) {
                throw new TensorException("mallopt: " + e.getMessage(), e);
            }
        });
    }

    /** As malloc read it when the process began, from the environment of the C library. */
    @SuppressWarnings("restricted") // a C string
    private static long environment(String name) {
        try (Arena arena = Arena.ofConfined()) {
            var value = (MemorySegment) Glibc.GETENV.invokeExact(arena.allocateFrom(name));
            if (value.equals(MemorySegment.NULL)) return GLIBCS;
            return Long.parseLong(value.reinterpret(Long.MAX_VALUE).getString(0));
        } catch (NumberFormatException _) {
            return GLIBCS;
        } catch (Throwable e) {
            throw new TensorException("getenv(" + name + "): " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("restricted") // malloc's settings are glibc's
    private static final class Glibc {
        private static final Linker LINKER = Linker.nativeLinker();
        static final Optional<MethodHandle> MALLOPT = find("mallopt",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        static final MethodHandle GETENV = find("getenv",
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS)).orElseThrow();

        private static Optional<MethodHandle> find(String name, FunctionDescriptor type) {
            return LINKER.defaultLookup().find(name).map(address -> LINKER.downcallHandle(address, type));
        }
    }
}
