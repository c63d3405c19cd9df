package dvdquant.core.format;

import java.lang.foreign.MemorySegment;

/** What all conversions between segments demand of their arguments. */
final class Conversion {
    private Conversion() {}

    /** The number of elements in both. */
    static long elements(MemorySegment source, ElementType from, MemorySegment target, ElementType to) {
        long elements = source.byteSize() / from.sizeBytes();
        if (source.byteSize() % from.sizeBytes() != 0 || target.byteSize() % to.sizeBytes() != 0
                || target.byteSize() / to.sizeBytes() != elements) {
            throw new IllegalArgumentException("source of " + source.byteSize() + " bytes of " + from + ", target of "
                    + target.byteSize() + " bytes of " + to + ": the numbers of elements differ");
        }
        return elements;
    }
}
