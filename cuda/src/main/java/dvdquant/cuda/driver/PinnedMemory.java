package dvdquant.cuda.driver;

import dvdquant.tensor.natives.NativeAddress;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

import java.lang.foreign.MemorySegment;

/** Memory of the host that stays where it is, so that the GPU can fetch from it by itself. */
public final class PinnedMemory implements AutoCloseable {
    private final long bytes;
    private final Pointer pointer;

    public PinnedMemory(long bytes) {
        this.bytes = bytes;
        try (var address = new PointerPointer<Pointer>(1)) {
            Driver.check(cudart.cuMemHostAlloc(address, bytes, 0),
                    "cuMemHostAlloc of " + bytes + " bytes of the host's memory");
            pointer = new NativeAddress(address.get().address());
        }
    }

    Pointer pointer() {
        return pointer;
    }

    public long bytes() {
        return bytes;
    }

    @SuppressWarnings("restricted") // the driver says how large its memory is
    public MemorySegment segment() {
        return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    }

    @Override
    public void close() {
        cudart.cuMemFreeHost(pointer);
    }
}
