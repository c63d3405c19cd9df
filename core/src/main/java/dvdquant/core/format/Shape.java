package dvdquant.core.format;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The size of a tensor along each axis, outermost first; no axis at all is a scalar. Immutable.
 */
public final class Shape {
    private final long[] dims;
    private final long elements;

    private Shape(long[] dims) {
        long product = 1;
        for (long dim : dims) {
            if (dim < 0) throw new IllegalArgumentException("negative size in shape " + Arrays.toString(dims));
            product = Math.multiplyExact(product, dim);
        }
        this.dims = dims;
        this.elements = product;
    }

    /**
     * A shape of given sizes.
     *
     * @param dims outermost first; copied
     * @return the shape
     * @throws IllegalArgumentException if a size is negative
     * @throws ArithmeticException if the number of elements does not fit a {@code long}
     */
    public static Shape of(long... dims) {
        return new Shape(dims.clone());
    }

    /**
     * The number of axes.
     *
     * @return 0 of a scalar
     */
    public int rank() {
        return dims.length;
    }

    /**
     * The size of one axis; negative axes count from the last.
     *
     * @param axis from 0, or from −1 backwards
     * @return 0 or more
     * @throws IndexOutOfBoundsException if there is no such axis
     */
    public long dim(int axis) {
        return dims[axis < 0 ? dims.length + axis : axis];
    }

    /**
     * The sizes.
     *
     * @return a copy, outermost first
     */
    public long[] dims() {
        return dims.clone();
    }

    /**
     * The number of elements: the product of the sizes.
     *
     * @return 1 of a scalar
     */
    public long elements() {
        return elements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** As the field writes it: {@code [1, 16, 5, 16, 16]}. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
