package dvdquant.models.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.LowRank;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.TensorScope;

import java.util.Optional;

/**
 * What a layer's weight goes through before it is rounded: smoothed, less the low-rank branch, rotated. Immutable.
 *
 * @param smoothing what the weight's columns are multiplied by, [in]
 */
public record LayerBasis(Optional<float[]> smoothing, Optional<LowRank> branch, HadamardRotation rotation) {
    /** Of a layer that was quantized. */
    public static LayerBasis of(WeightLoader quantized, String layer, QuantizedFormat format, int in) {
        return new LayerBasis(
                format.smoothing().map(_ -> quantized.smoothing(layer)),
                format.lowRank() == 0 ? Optional.empty() : Optional.of(branch(quantized, layer, in)),
                format.weights().rotation().forColumns(in));
    }

    private static LowRank branch(WeightLoader weights, String layer, int in) {
        try (var _ = TensorScope.open()) {
            return new LowRank(rows(weights.get(layer + ".lora_down", ElementType.F32).toFloats(), in),
                    columns(weights.get(layer + ".lora_up", ElementType.F32).toFloats(),
                            Math.toIntExact(weights.stored(layer + ".lora_up").shape().dim(1))));
        }
    }

    private static float[][] rows(float[] values, int columns) {
        var rows = new float[values.length / columns][columns];
        for (int i = 0; i < values.length; i++) {
            rows[i / columns][i % columns] = values[i];
        }
        return rows;
    }

    private static float[][] columns(float[] values, int columns) {
        var transposed = new float[columns][values.length / columns];
        for (int i = 0; i < values.length; i++) {
            transposed[i % columns][i / columns] = values[i];
        }
        return transposed;
    }

    LayerBasis withBranch(LowRank matrix) {
        return new LayerBasis(smoothing, Optional.of(matrix), rotation);
    }

    /** Replaces row {@code index} of the weight by what is rounded. */
    public void apply(float[] row, int index) {
        reduce(row, index);
        rotation.rotate(row, 0);
    }

    /** The same but for the rotation, for who rotates before rounding. */
    void reduce(float[] row, int index) {
        smooth(row);
        if (branch.isPresent()) branch.get().subtractFrom(row, index);
    }

    /** Multiplies the columns. */
    void smooth(float[] row) {
        if (smoothing.isEmpty()) return;
        float[] factors = smoothing.get();
        for (int k = 0; k < row.length; k++) {
            row[k] *= factors[k];
        }
    }

    /** Brings an error back to the weight's own basis; a branch, which is exact, has no part in it. */
    public void undo(float[] error) {
        rotation.rotateBack(error, 0);
        smoothing.ifPresent(factors -> {
            for (int k = 0; k < error.length; k++) {
                error[k] /= factors[k];
            }
        });
    }
}
