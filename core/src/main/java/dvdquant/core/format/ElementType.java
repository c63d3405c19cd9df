package dvdquant.core.format;

import java.util.Optional;

/**
 * The type of a tensor's elements, named as safetensors names it.
 *
 * @see <a href="https://github.com/huggingface/safetensors">safetensors, struct {@code Dtype}</a>
 */
public enum ElementType {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E4M3(1),
    F16(2),
    BF16(2),
    I32(4),
    F32(4),
    I64(8),
    F64(8);

    private final int sizeBytes;

    ElementType(int sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    /** Whether elements can be NaN or infinite (infinite: not {@link #F8_E4M3}, which has no infinity). */
    public boolean isFloatingPoint() {
        return switch (this) {
            case F8_E4M3, F16, BF16, F32, F64 -> true;
            case BOOL, U8, I8, I32, I64 -> false;
        };
    }

    /** The type that safetensors calls {@code name}; empty if there is none. */
    public static Optional<ElementType> named(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) return Optional.of(type);
        }
        return Optional.empty();
    }
}
