package dvdquant.tensor.cpu.code;

import dvdquant.tensor.natives.TensorException;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A function in memory that may be executed, and no longer written; it stays until the program ends. Its argument is an address. */
public final class MachineCode {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;

    private static volatile boolean tried;

    private final MethodHandle function;

    @SuppressWarnings("restricted") // what is called is made here
    MachineCode(byte[] code) {
        this.function = Native.LINKER.downcallHandle(executable(code),
                FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    }

    /**
     * Tries to make memory executable, as the JVM's own compiler does.
     *
     * @throws TensorException if the system does not allow that
     */
    public static void requireExecutableMemory() {
        if (!tried) executable(new byte[]{(byte) 0xC3});
        tried = true;
    }

    void call(MemorySegment argument) {
        try {
            function.invokeExact(argument);
        } catch (Throwable e) {
            throw new TensorException("machine code: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("restricted") // mmap gives an address, and the size is what was asked for
    private static MemorySegment executable(byte[] code) {
        try {
            MemorySegment none = MemorySegment.NULL;
            var memory = (MemorySegment) Native.MMAP.invokeExact(none, (long) code.length, READ | WRITE,
                    PRIVATE_ANONYMOUS, -1, 0L);
            if (memory.address() == -1) throw new TensorException("the system gives no memory for machine code", null);
            MemorySegment.copy(code, 0, memory.reinterpret(code.length), ValueLayout.JAVA_BYTE, 0, code.length);
            int status = (int) Native.MPROTECT.invokeExact(memory, (long) code.length, READ | EXECUTE);
            if (status != 0) throw new TensorException("the system does not let memory be executed", null);
            return memory;
        } catch (TensorException e) {
            throw e;
        } catch (Throwable e) {
            throw new TensorException("mmap of machine code: " + e.getMessage(), e);
        }
    }

    /** libc's functions for memory: Java has none for memory that is executed. */
    @SuppressWarnings("restricted")
    private static final class Native {
        static final Linker LINKER = Linker.nativeLinker();
        static final MethodHandle MMAP = handle("mmap",
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        static final MethodHandle MPROTECT = handle("mprotect", FunctionDescriptor.of(ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

        private static MethodHandle handle(String name, FunctionDescriptor type) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
        }
    }
}
