package dvdquant.core.quantize;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Float16;
import dvdquant.core.safetensors.StoredTensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A layer's weight [out, in] as it is stored, to be read row by row as floats. */
public record LayerWeights(StoredTensor tensor) {
    public int rows() {
        return Math.toIntExact(tensor.shape().dim(0));
    }

    public int columns() {
        return Math.toIntExact(tensor.shape().dim(1));
    }

    /** @param row takes [in] */
    public void read(int index, float[] row) {
        int bytes = tensor.type().sizeBytes();
        MemorySegment from = tensor.data().asSlice((long) index * row.length * bytes, (long) row.length * bytes);
        switch (tensor.type()) {
            case BF16 -> BFloat16.toFloats(from, row, 0);
            case F16 -> Float16.toFloats(from, row, 0);
            case F32 -> MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, row, 0, row.length);
            default -> throw new IllegalArgumentException("dtype " + tensor.type() + ", expected BF16, F16 or F32");
        }
    }

    /** Whether a tensor of this type can be read as weights. */
    public static boolean reads(ElementType type) {
        return switch (type) {
            case BF16, F16, F32 -> true;
            case BOOL, U8, I8, F8_E4M3, I32, I64, F64 -> false;
        };
    }
}
