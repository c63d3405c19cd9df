package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

/**
 * A LayerNorm with weights.
 *
 * @param weight [width], F32
 * @param bias [width], F32
 */
public record LayerNorm(Tensor weight, Tensor bias) {
    /**
     * {@return the norm of {@code name.weight} and {@code name.bias}}
     *
     * @param layers gives them
     * @param name of the norm
     * @param width channels
     */
    public static LayerNorm load(LayerSource layers, String name, int width) {
        return new LayerNorm(layers.precise(name + ".weight", width), layers.precise(name + ".bias", width));
    }

    /**
     * {@return the norm of some tokens, as what layers read}
     *
     * @param x [tokens, width]
     * @param eps keeps the divisor from zero
     * @param compute of the step
     */
    public LinearInput of(Tensor x, double eps, Compute compute) {
        return LinearInput.normed(x, weight, bias, eps, compute);
    }
}
