package dvdquant.core.safetensors;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The pages of mapped files, and the operating system's memory behind them. */
final class MappedPages {
    // From <sys/mman.h>, the same on Linux, macOS and the BSDs; Windows has no madvise, and then nothing is done.
    private static final int MADV_WILLNEED = 3;
    private static final int MADV_DONTNEED = 4;
    private static final Optional<MethodHandle> MADVISE = function("madvise",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT));
    private static final long PAGE_BYTES = pageBytes();

    private MappedPages() {}

    @SuppressWarnings("restricted") // calling C is the point of this class
    private static Optional<MethodHandle> function(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name).map(address -> linker.downcallHandle(address, signature));
    }

    private static long pageBytes() {
        return function("getpagesize", FunctionDescriptor.of(ValueLayout.JAVA_INT)).map(handle -> {
            try {
                return (long) (int) handle.invokeExact();
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }).orElse(4096L);
    }

    /**
     * Says that a read-only mapped range is not needed for now, so that it no longer counts as resident; reading it again brings
     * it back from the file. Only whole pages inside the range are released: those at its ends belong to its neighbours too.
     * Nothing happens to memory that is not mapped from a file.
     */
    static void release(MemorySegment range) {
        advise(range, MADV_DONTNEED);
    }

    /** Has the operating system begin to read a mapped range from its file; reading it then waits less for the disk. */
    static void prefetch(MemorySegment range) {
        advise(range, MADV_WILLNEED);
    }

    private static void advise(MemorySegment range, int advice) {
        if (MADVISE.isEmpty() || !range.isMapped() || !range.isReadOnly()) return;
        long begin = Math.ceilDiv(range.address(), PAGE_BYTES) * PAGE_BYTES;
        long end = (range.address() + range.byteSize()) / PAGE_BYTES * PAGE_BYTES;
        if (begin >= end) return;
        // The slice is passed, not its address, so that the mapping cannot be closed under the call.
        MemorySegment pages = range.asSlice(begin - range.address(), end - begin);
        try {
            // The result is advice about advice: if the kernel refuses, the pages simply stay as they are.
            int _ = (int) MADVISE.orElseThrow().invokeExact(pages, pages.byteSize(), advice);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
