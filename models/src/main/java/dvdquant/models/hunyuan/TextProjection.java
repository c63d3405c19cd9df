package dvdquant.models.hunyuan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Tensor;

/**
 * Brings what stands for a text as a whole to the transformer's width: two layers with SiLU between, in F32 as the time's embedding, to
 * which it is added.
 *
 * @param linear1 [width, channels]
 * @param linear2 [width, width]
 */
record TextProjection(Linear linear1, Linear linear2) {
    static TextProjection load(LayerSource layers, String name, int channels, int width) {
        return new TextProjection(layers.preciseLinear(name + "linear_1", width, channels),
                layers.preciseLinear(name + "linear_2", width, width));
    }

    /**
     * @param pooled [1, channels], F32
     * @return [1, width], F32
     */
    Tensor forward(Tensor pooled, Compute compute) {
        return linear2.forward(linear1.forward(pooled, compute).silu(), compute);
    }
}
