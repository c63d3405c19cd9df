package dvdquant.core.safetensors;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Float16;
import dvdquant.core.format.Shape;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A tensor as it lies in a file: mapped, not copied.
 *
 * @param name as in the file
 * @param type of the elements, little-endian
 * @param shape outermost axis first; elements are in row-major order without gaps
 * @param data read-only, {@code shape.elements() · type.sizeBytes()} bytes, at any alignment; valid until its file is closed
 * @param file where it was read from
 */
public record StoredTensor(String name, ElementType type, Shape shape, MemorySegment data, Path file)
        implements
            SourceTensor {
    @Override
    public Optional<MemorySegment> raw() {
        return Optional.of(data);
    }

    @Override
    public void read(long row, float[] into) {
        int columns = columns();
        long bytes = (long) columns * type.sizeBytes();
        MemorySegment from = data.asSlice(row * bytes, bytes);
        switch (type) {
            case BF16 -> BFloat16.toFloats(from, into, 0);
            case F16 -> Float16.toFloats(from, into, 0);
            case F32 -> MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, into, 0, columns);
            default -> throw SourceTensor.unreadable(type);
        }
    }

    /** Tells the operating system, so that it no longer counts as resident memory; nothing where there is no {@code madvise}. */
    @Override
    public void release() {
        MappedPages.release(data);
    }

    /** Has the operating system begin to read it; nothing where there is no {@code madvise}. */
    @Override
    public void prefetch() {
        MappedPages.prefetch(data);
    }
}
