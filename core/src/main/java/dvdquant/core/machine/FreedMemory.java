package dvdquant.core.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Memory that was freed and that the C library keeps for what comes next. */
public final class FreedMemory {
    private static final Optional<MethodHandle> MALLOC_TRIM = find();

    private FreedMemory() {}

    @SuppressWarnings("restricted") // glibc's malloc_trim
    private static Optional<MethodHandle> find() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find("malloc_trim").map(function -> linker.downcallHandle(function,
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)));
    }

    /** Gives it back to the system; does nothing with another C library than glibc. */
    public static void giveBack() {
        MALLOC_TRIM.ifPresent(trim -> {
            try {
                int _ = (int) trim.invokeExact(0L);
            } catch (Throwable e) {
                throw new IllegalStateException("malloc_trim: " + e.getMessage(), e);
            }
        });
    }
}
