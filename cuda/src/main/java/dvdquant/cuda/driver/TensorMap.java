package dvdquant.cuda.driver;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.natives.NativeAddress;
import org.bytedeco.cuda.cudart.CUtensorMap;
import org.bytedeco.cuda.global.cudart;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How Hopper's copy engine sees a tensor: its shape, and the box that one copy takes.
 *
 * @param bytes 128, as the driver encodes them
 */
public record TensorMap(MemorySegment bytes) {
    private static final int BYTES = 128;

    /** How the rows of a box lie in shared memory: bytes of a row, whose 16-byte chunks are permuted against bank conflicts. */
    public enum Swizzle {
        BYTES_64(cudart.CU_TENSOR_MAP_SWIZZLE_64B),
        BYTES_128(cudart.CU_TENSOR_MAP_SWIZZLE_128B);

        private final int code;

        Swizzle(int code) {
            this.code = code;
        }
    }

    /**
     * @param tensor contiguous, of at most five axes
     * @param box elements along each axis, in the tensor's order (the last one is contiguous)
     */
    public static TensorMap of(Tensor tensor, Swizzle swizzle, int... box) {
        int rank = tensor.shape().rank();
        if (box.length != rank) throw new IllegalArgumentException(box.length + " axes of a box for " + tensor);
        var dims = new long[rank];
        var strides = new long[rank]; // bytes between entries; the innermost has none
        var boxes = new int[rank];
        var elementStrides = new int[rank];
        long stride = tensor.type().sizeBytes();
        for (int i = 0; i < rank; i++) {
            int axis = rank - 1 - i;
            dims[i] = tensor.dim(axis);
            stride *= dims[i];
            strides[i] = stride;
            boxes[i] = box[axis];
            elementStrides[i] = 1;
        }
        MemorySegment bytes = Arena.ofAuto().allocate(BYTES, 64);
        Driver.check(cudart.cuTensorMapEncodeTiled(new Encoded(bytes.address()), type(tensor.type()), rank,
                new NativeAddress(tensor.address()), dims, strides, boxes, elementStrides,
                cudart.CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle.code, cudart.CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                cudart.CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE), "cuTensorMapEncodeTiled of " + tensor);
        return new TensorMap(bytes);
    }

    private static int type(ElementType type) {
        return switch (type) {
            case U8, I8 -> cudart.CU_TENSOR_MAP_DATA_TYPE_UINT8;
            case BF16 -> cudart.CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
            case F32 -> cudart.CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
            default -> throw new IllegalArgumentException("a tensor map of " + type);
        };
    }

    private static final class Encoded extends CUtensorMap {
        Encoded(long address) {
            super((org.bytedeco.javacpp.Pointer) null);
            this.address = address;
        }
    }
}
