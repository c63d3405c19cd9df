package dvdquant.models.pipeline;

import dvdquant.core.format.Shape;
import dvdquant.tensor.Tensor;

/**
 * A part of what a transformer is conditioned on, on Java's heap.
 *
 * @param shape of it, such as [tokens, width] of a text encoder's states, without padding
 * @param values in row-major order
 */
public record ConditioningTensor(Shape shape, float[] values) {
    /**
     * Checks that values and shape fit each other.
     *
     * @throws IllegalArgumentException if they do not
     */
    public ConditioningTensor {
        if (shape.elements() != values.length) {
            throw new IllegalArgumentException(values.length + " values of shape " + shape);
        }
    }

    /**
     * A copy of what an encoder made.
     *
     * @param made of any shape
     * @return on Java's heap
     */
    public static ConditioningTensor of(Tensor made) {
        return new ConditioningTensor(made.shape(), made.toFloats());
    }

    /**
     * A copy to compute with.
     *
     * @return F32, on the CPU, in the caller's scope
     */
    public Tensor tensor() {
        return Tensor.ofFloats(values, shape.dims());
    }
}
