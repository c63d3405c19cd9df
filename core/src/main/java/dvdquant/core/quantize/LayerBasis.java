package dvdquant.core.quantize;

import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.LowRank;

import java.util.Optional;

/**
 * What a layer's weight goes through before it is rounded: smoothed, less the low-rank branch, rotated. Immutable.
 *
 * @param smoothing what the weight's columns are multiplied by, [in]
 * @param branch that is taken away and kept at 16 bits, if there is one
 * @param rotation of the weight's columns, perhaps none
 */
public record LayerBasis(Optional<float[]> smoothing, Optional<LowRank> branch, HadamardRotation rotation) {
    /**
     * Of a layer that was quantized.
     *
     * @param layer as it is stored
     * @return what its weight went through
     * @throws dvdquant.core.InputException if its divisors or its branch cannot be used
     */
    public static LayerBasis of(StoredLayer layer) {
        return new LayerBasis(layer.smoothing(), layer.branch(),
                layer.format().weights().rotation().forColumns(layer.in()));
    }

    LayerBasis withBranch(LowRank matrix) {
        return new LayerBasis(smoothing, Optional.of(matrix), rotation);
    }

    /**
     * Replaces row {@code index} of the weight by what is rounded.
     *
     * @param row [in], changed
     * @param index of the row, from 0
     */
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

    /**
     * Brings an error back to the weight's own basis; a branch, which is exact, has no part in it.
     *
     * @param error of a row, [in], changed
     */
    public void undo(float[] error) {
        rotation.rotateBack(error, 0);
        smoothing.ifPresent(factors -> {
            for (int k = 0; k < error.length; k++) {
                error[k] /= factors[k];
            }
        });
    }
}
