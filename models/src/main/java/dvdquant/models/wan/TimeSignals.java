package dvdquant.models.wan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;

/**
 * The time's embedding, or its projection to the modulation of the blocks, in F32 whatever the model computes in: from one step to
 * the next they differ by less than BF16 resolves.
 */
final class TimeSignals {
    private TimeSignals() {}

    /** @return [width] of each time, or [6 · width] of its projection */
    static List<float[]> of(WanWeights weights, double[] timesteps, boolean projected, Compute compute) {
        var signals = new ArrayList<float[]>();
        for (double timestep : timesteps) {
            try (var _ = TensorScope.open()) {
                signals.add(weights.timeEmbedder().forward(timestep, compute).toFloats());
            }
        }
        return projected ? projected(weights.timeProjection(), signals, compute) : signals;
    }

    private static List<float[]> projected(Linear projection, List<float[]> embeddings, Compute compute) {
        int width = embeddings.getFirst().length;
        var result = new ArrayList<float[]>();
        for (int i = 0; i < embeddings.size(); i++) {
            result.add(new float[6 * width]);
        }
        try (var _ = TensorScope.open()) {
            Tensor inputs = Tensor.cat(embeddings.stream().map(e -> Tensor.ofFloats(e, 1, width)).toList(), 0)
                    .to(compute.kernels().device()).silu();
            for (int part = 0; part < 6; part++) { // one at a time: the whole weight in F32 would be large
                copy(part(projection, part, inputs, compute), result, part * width);
            }
        }
        return result;
    }

    /** [times, width]: a sixth of the projection. */
    private static float[] part(Linear projection, int part, Tensor inputs, Compute compute) {
        long width = inputs.dim(1);
        try (var _ = TensorScope.open()) {
            return projection.forwardPrecise(inputs, compute, part * width, width).toFloats();
        }
    }

    private static void copy(float[] values, List<float[]> rows, int offset) {
        int width = values.length / rows.size();
        for (int row = 0; row < rows.size(); row++) {
            System.arraycopy(values, row * width, rows.get(row), offset, width);
        }
    }
}
