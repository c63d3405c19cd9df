package dvdquant.cuda.driver;

import dvdquant.tensor.Tensor;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments of a launch, in a kernel's order: each in a slot of its own, and an array of the slots' addresses, as the driver takes
 * them. Freed by the garbage collector.
 */
public final class Arguments {
    /** A tensor map, the largest argument there is; its alignment is 64. */
    private static final int SLOT_BYTES = 128;
    private static final int SLOTS = 24;

    private final MemorySegment memory = Arena.ofAuto().allocate(SLOTS * (SLOT_BYTES + Long.BYTES), 64);
    private final List<MemorySegment> slots = new ArrayList<>();

    private MemorySegment next() {
        int count = slots.size();
        if (count == SLOTS) throw new IllegalStateException("more than " + SLOTS + " arguments");
        MemorySegment slot = memory.asSlice((long) count * SLOT_BYTES, SLOT_BYTES);
        memory.set(ValueLayout.JAVA_LONG, (long) SLOTS * SLOT_BYTES + (long) count * Long.BYTES, slot.address());
        slots.add(slot);
        return slot;
    }

    /** The address of a tensor's elements; of nothing for null. */
    public Arguments tensor(Tensor tensor) {
        if (tensor != null && tensor.device().isCpu()) {
            throw new IllegalArgumentException(tensor + " lies in the host's memory");
        }
        if (tensor != null && !tensor.isContiguous()) throw new IllegalArgumentException(tensor + " is not contiguous");
        next().set(ValueLayout.JAVA_LONG, 0, tensor == null ? 0 : tensor.address());
        return this;
    }

    public Arguments integer(long value) {
        next().set(ValueLayout.JAVA_INT, 0, Math.toIntExact(value));
        return this;
    }

    public Arguments large(long value) {
        next().set(ValueLayout.JAVA_LONG, 0, value);
        return this;
    }

    public Arguments number(double value) {
        next().set(ValueLayout.JAVA_FLOAT, 0, (float) value);
        return this;
    }

    public Arguments map(TensorMap map) {
        next().copyFrom(map.bytes());
        return this;
    }

    PointerPointer<Pointer> pointers() {
        return new Slots(memory);
    }

    /** The array of addresses, as JavaCPP wants it. */
    private static final class Slots extends PointerPointer<Pointer> {
        /** Held, or the garbage collector might free it before the driver has copied it. */
        @SuppressWarnings({"unused", "FieldCanBeLocal"})
        private final MemorySegment memory;

        Slots(MemorySegment memory) {
            super((Pointer) null);
            this.memory = memory;
            this.address = memory.address() + (long) SLOTS * SLOT_BYTES;
        }
    }
}
