package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** libtorch's names of our element types. */
final class ScalarTypes {
    private ScalarTypes() {}

    static ScalarType of(ElementType type) {
        return switch (type) {
            case BOOL -> ScalarType.Bool;
            case U8 -> ScalarType.Byte;
            case I8 -> ScalarType.Char;
            case F8_E4M3 -> ScalarType.Float8_e4m3fn;
            case F16 -> ScalarType.Half;
            case BF16 -> ScalarType.BFloat16;
            case I32 -> ScalarType.Int;
            case F32 -> ScalarType.Float;
            case I64 -> ScalarType.Long;
            case F64 -> ScalarType.Double;
        };
    }

    static ElementType toElementType(ScalarType type) {
        for (ElementType candidate : ElementType.values()) {
            if (of(candidate).value == type.value) return candidate;
        }
        throw new IllegalArgumentException("libtorch's type " + type + " has no counterpart here");
    }
}
