package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;

/**
 * libtorch's products of 8-bit numbers: what benchmarks hold ours against. The preset has no methods for them, so they are called by
 * name through libtorch's dispatcher.
 */
public final class LibraryProducts {
    private LibraryProducts() {}

    /**
     * {@code aten::_int_mm}: a · bᵀ, exactly.
     *
     * @param a [rows, in], I8
     * @param b [out, in], I8
     * @return [rows, out], I32
     */
    public static Tensor int8(Tensor a, Tensor b) {
        return call("aten::_int_mm", new IValue(a.nativeTensor()), new IValue(b.transpose(0, 1).nativeTensor()));
    }

    /**
     * {@code aten::_scaled_mm}: a · bᵀ with a scale for each, summed fast.
     *
     * @param a [rows, in], F8_E4M3
     * @param b [out, in], F8_E4M3
     * @param scaleA F32 [1], as {@code scaleB}
     * @return [rows, out], BF16
     */
    public static Tensor float8(Tensor a, Tensor b, Tensor scaleA, Tensor scaleB) {
        return call("aten::_scaled_mm", new IValue(a.nativeTensor()), new IValue(b.transpose(0, 1).nativeTensor()),
                new IValue(scaleA.nativeTensor()), new IValue(scaleB.nativeTensor()), new IValue(), new IValue(),
                new IValue((long) ScalarTypes.of(ElementType.BF16).value), new IValue(true));
    }

    private static Tensor call(String operation, IValue... arguments) {
        return Tensor.of(operation, () -> {
            var stack = new IValueVector(arguments);
            Dispatcher.singleton().findSchemaOrThrow(operation, "").callBoxed(stack);
            return stack.get(0).toTensor();
        });
    }
}
