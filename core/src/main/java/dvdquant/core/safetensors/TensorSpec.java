package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A tensor to be written.
 *
 * @param name any text but {@code __metadata__}
 * @param type of its elements
 * @param shape outermost axis first
 */
public record TensorSpec(String name, ElementType type, Shape shape) {
    /**
     * Checks the name and the size.
     *
     * @throws IllegalArgumentException if the name is reserved or is not valid Unicode
     * @throws ArithmeticException if the size in bytes does not fit a {@code long}
     */
    public TensorSpec {
        Objects.requireNonNull(type, "type");
        if (name.equals(Header.METADATA)) throw new IllegalArgumentException("a tensor cannot be named " + name);
        if (!Names.isValidUnicode(name)) {
            throw new IllegalArgumentException(
                    "tensor " + Names.quoted(name) + " has half a surrogate pair in its name");
        }
        Math.multiplyExact(shape.elements(), type.sizeBytes());
    }

    /**
     * The size of its data.
     *
     * @return bytes
     */
    public long sizeBytes() {
        return shape.elements() * type.sizeBytes();
    }

    static void requireDistinct(List<TensorSpec> tensors) {
        Set<String> names = HashSet.newHashSet(tensors.size());
        for (TensorSpec tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("tensor " + Names.quoted(tensor.name()) + " twice");
            }
        }
    }
}
