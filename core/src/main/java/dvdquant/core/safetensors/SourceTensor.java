package dvdquant.core.safetensors;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Float16;
import dvdquant.core.format.LittleEndian;
import dvdquant.core.format.Shape;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/** A tensor of a {@link TensorSource}: one that lies in a file, or one that is made row by row as it is read. */
public interface SourceTensor {
    /**
     * As its source calls it.
     *
     * @return any text
     */
    String name();

    /**
     * Of its values, which are none finer: what a copy of it is written in.
     *
     * @return the type
     */
    ElementType type();

    /**
     * Outermost axis first.
     *
     * @return the shape
     */
    Shape shape();

    /**
     * What messages name: where its values come from.
     *
     * @return a file or a folder
     */
    Path file();

    /**
     * Its elements as they lie in memory, little-endian, in row-major order without gaps, at any alignment; valid until its source is closed.
     * Empty if they are made as they are read.
     *
     * @return a view, not a copy
     */
    Optional<MemorySegment> raw();

    /**
     * Reads a row as floats.
     *
     * @param row of {@link #rows}
     * @param into takes {@link #columns} values, from 0
     * @throws IllegalArgumentException if the type is none of {@link #readsAsFloats}
     */
    void read(long row, float[] into);

    /** Says that its data is not needed for now, so that it need not be resident; it can be read again at any time. */
    void release();

    /** Has its data begin to be read from the disk: it is needed soon. */
    void prefetch();

    /**
     * Rows are what the first axis counts; what has only one axis is one row.
     *
     * @return 0 or more
     */
    default long rows() {
        return shape().rank() < 2 ? 1 : shape().dim(0);
    }

    /**
     * Values of a row.
     *
     * @return 0 if there are no rows
     */
    default int columns() {
        return rows() == 0 ? 0 : Math.toIntExact(shape().elements() / rows());
    }

    /**
     * All its bytes.
     *
     * @return bytes, in its own type
     */
    default long sizeBytes() {
        return shape().elements() * type().sizeBytes();
    }

    /**
     * Whether tensors of this type can be read as weights.
     *
     * @param type of elements
     * @return whether {@link #read} can
     */
    static boolean readsAsFloats(ElementType type) {
        return switch (type) {
            case BF16, F16, F32 -> true;
            case BOOL, U8, I8, F8_E4M3, I32, I64, F64 -> false;
        };
    }

    /**
     * Its elements, as {@link #raw} has them, or made now.
     *
     * @param memory for those that are made
     * @return little-endian, in row-major order
     */
    default MemorySegment bytes(Arena memory) {
        return raw().orElseGet(() -> {
            MemorySegment made = memory.allocate(sizeBytes(), type().sizeBytes());
            var row = new float[columns()];
            for (long r = 0; r < rows(); r++) {
                read(r, row);
                for (int k = 0; k < row.length; k++) {
                    store(row[k], made, r * row.length + k);
                }
            }
            return made;
        });
    }

    private void store(float value, MemorySegment into, long index) {
        switch (type()) {
            case BF16 -> into.set(LittleEndian.SHORT, index * Short.BYTES, BFloat16.fromFloat(value));
            case F16 -> into.set(LittleEndian.SHORT, index * Short.BYTES, Float16.fromFloat(value));
            case F32 -> into.set(LittleEndian.INT, index * Integer.BYTES, Float.floatToRawIntBits(value));
            default -> throw unreadable(type());
        }
    }

    /**
     * What reading a tensor of such a type throws.
     *
     * @param type that {@link #readsAsFloats} is false for
     * @return to be thrown
     */
    static IllegalArgumentException unreadable(ElementType type) {
        return new IllegalArgumentException("dtype " + type + ", expected BF16, F16 or F32");
    }
}
