package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

/**
 * A LayerNorm with weights.
 *
 * @param weight [width], F32
 * @param bias [width], F32
 */
public record LayerNorm(Tensor weight, Tensor bias) {
    /** {@code name.weight} and {@code name.bias}. */
    public static LayerNorm load(LayerSource layers, String name, int width) {
        return new LayerNorm(layers.precise(name + ".weight", width), layers.precise(name + ".bias", width));
    }

    /** @param x [tokens, width] */
    public LinearInput of(Tensor x, double eps, Compute compute) {
        return LinearInput.normed(x, weight, bias, eps, compute);
    }
}
