package dvdquant.tensor.cpu.product;

import java.lang.foreign.MemorySegment;

/** A product whose second operand is packed first, since it is used often: as a {@link Matmul.Spec} describes it. */
public interface PackedProduct {
    /** Bytes of the packed operand. */
    long packedBytes();

    /** Rewrites an operand that lies as the specification says. */
    void pack(MemorySegment from, MemorySegment to);

    /** All by address; {@code packed} as {@link #pack} left it. */
    void run(long source, long packed, long result);
}
