package dvdquant.tensor.cpu.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory that grows to the largest size asked for, and is used again and again. */
public final class Buffer implements AutoCloseable {
    private static final long CACHE_LINE = 64;

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;

    /** Memory of at least this size, with whatever was in it; invalidates what was handed out before. */
    public MemorySegment ofBytes(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = MemorySegment.NULL; // not what was freed, if there is no memory for the larger one
            arena.close();
            arena = Arena.ofShared();
            memory = arena.allocate(bytes, CACHE_LINE);
        }
        return memory;
    }

    /** What the last {@link #ofBytes} gave. */
    public MemorySegment memory() {
        return memory;
    }

    public long address() {
        return memory.address();
    }

    /** May be used again. */
    @Override
    public void close() {
        memory = MemorySegment.NULL;
        arena.close();
        arena = Arena.ofShared();
    }
}
