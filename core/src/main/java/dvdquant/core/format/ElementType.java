package dvdquant.core.format;

import java.util.Optional;

/**
 * The type of a tensor's elements, named as safetensors names it.
 *
 * @see <a href="https://github.com/huggingface/safetensors">safetensors, struct {@code Dtype}</a>
 */
public enum ElementType {
    /** True or false, a byte each. */
    BOOL(1),
    /** Unsigned integers of 8 bits. */
    U8(1),
    /** Signed integers of 8 bits. */
    I8(1),
    /** Floats of 8 bits: 4 of the exponent, 3 of the fraction. */
    F8_E4M3(1),
    /** IEEE half precision: {@link Float16}. */
    F16(2),
    /** The upper half of a float: {@link BFloat16}. */
    BF16(2),
    /** Signed integers of 32 bits. */
    I32(4),
    /** IEEE single precision. */
    F32(4),
    /** Signed integers of 64 bits. */
    I64(8),
    /** IEEE double precision. */
    F64(8);

    private final int sizeBytes;

    ElementType(int sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    /**
     * The size of an element.
     *
     * @return bytes, 1 to 8
     */
    public int sizeBytes() {
        return sizeBytes;
    }

    /**
     * Whether elements can be NaN or infinite (infinite: not {@link #F8_E4M3}, which has no infinity).
     *
     * @return whether it is a type of floats
     */
    public boolean isFloatingPoint() {
        return switch (this) {
            case F8_E4M3, F16, BF16, F32, F64 -> true;
            case BOOL, U8, I8, I32, I64 -> false;
        };
    }

    /**
     * The type that safetensors calls {@code name}; empty if there is none.
     *
     * @param name as {@code BF16}
     * @return the type
     */
    public static Optional<ElementType> named(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) return Optional.of(type);
        }
        return Optional.empty();
    }
}
