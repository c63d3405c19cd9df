package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * The embedding of a time, or of another number: sinusoids, the cosines first, then two layers with SiLU between; in F32 whatever the
 * model computes in.
 *
 * @param frequencies [1, frequencies / 2], F32
 * @param linear1 [width, frequencies]
 * @param linear2 [width, width]
 */
public record TimestepEmbedder(Tensor frequencies, Linear linear1, Linear linear2) {
    private static final double MAX_PERIOD = 10_000;

    /**
     * {@return the embedder of {@code linear_1} and {@code linear_2} under a name}
     *
     * @param layers gives them
     * @param name with its dot
     * @param channels of the sinusoids
     * @param width of the embedding
     */
    public static TimestepEmbedder load(LayerSource layers, String name, int channels, int width) {
        int half = channels / 2;
        var exponents = new float[half];
        for (int i = 0; i < half; i++) {
            exponents[i] = (float) -Math.log(MAX_PERIOD) * i / half;
        }
        return new TimestepEmbedder(layers.made(() -> Tensor.ofFloats(exponents, 1, half).exp()),
                layers.preciseLinear(name + "linear_1", width, channels),
                layers.preciseLinear(name + "linear_2", width, width));
    }

    /**
     * {@return the embedding, [1, width], F32}
     *
     * @param timestep the time, or the other number
     * @param compute of the step
     */
    public Tensor forward(double timestep, Compute compute) {
        Tensor angles = frequencies.multiply(timestep);
        Tensor sinusoids = Tensor.cat(List.of(angles.cos(), angles.sin()), 1); // [1, frequencies]
        return linear2.forward(linear1.forward(sinusoids, compute).silu(), compute);
    }
}
