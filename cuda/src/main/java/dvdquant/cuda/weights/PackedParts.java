package dvdquant.cuda.weights;

import dvdquant.core.quant.weights.PackedWeight;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What of a weight goes to the GPU, in one piece of memory: codes, zero points (with multipliers in them, at 4 bits and less)
 * and multipliers. Either of the last two may be empty.
 */
public record PackedParts(List<MemorySegment> segments) {
    /** What the kernels' wide loads need. */
    static final int ALIGNMENT = 256;

    static PackedParts of(PackedWeight weight) {
        return new PackedParts(List.of(weight.codes(), weight.zeroPoints(), weight.multipliers()));
    }

    /** Of values that a product takes as they are. */
    static PackedParts of(MemorySegment values) {
        return new PackedParts(List.of(values));
    }

    /** Where a part begins. */
    public long offset(int part) {
        return segments.subList(0, part).stream().mapToLong(segment -> aligned(segment.byteSize())).sum();
    }

    long bytes() {
        return offset(segments.size());
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    void copyTo(MemorySegment memory) {
        for (int part = 0; part < segments.size(); part++) {
            MemorySegment segment = segments.get(part);
            memory.asSlice(offset(part), segment.byteSize()).copyFrom(segment);
        }
    }
}
