package dvdquant.models.wan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * The embedding of a time: sinusoids, then two layers with SiLU between; in F32 whatever the model computes in, as the reference
 * keeps it.
 *
 * @param frequencies [1, frequencies / 2], F32
 * @param linear1 [width, frequencies]
 * @param linear2 [width, width]
 */
record TimeEmbedder(Tensor frequencies, Linear linear1, Linear linear2) {
    private static final double MAX_PERIOD = 10_000;

    static TimeEmbedder load(LayerSource layers, String name, int channels, int width) {
        int half = channels / 2;
        var exponents = new float[half];
        for (int i = 0; i < half; i++) {
            exponents[i] = (float) -Math.log(MAX_PERIOD) * i / half;
        }
        return new TimeEmbedder(layers.made(() -> Tensor.ofFloats(exponents, 1, half).exp()),
                layers.preciseLinear(name + "linear_1", width, channels),
                layers.preciseLinear(name + "linear_2", width, width));
    }

    /** @return [1, width], F32 */
    Tensor forward(double timestep, Compute compute) {
        Tensor angles = frequencies.multiply(timestep);
        Tensor sinusoids = Tensor.cat(List.of(angles.cos(), angles.sin()), 1); // [1, frequencies]
        return linear2.forward(linear1.forward(sinusoids, compute).silu(), compute);
    }
}
