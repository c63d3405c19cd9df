package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.QuantizedRow;

/**
 * Rounds a whole row between its extremes in float64: weights that are multiples of one power of two, as those of 16 bits are, often
 * lie half-way between two codes, and then the last bit of a step decides.
 */
final class MinMaxRow {
    private MinMaxRow() {}

    /** Δ = (max − min) / (2ᵇ − 1), z = round(−min / Δ), q = clamp(round(w / Δ) + z), with zero among the weights. */
    static void quantize(float[] weights, int offset, QuantizedRow result) {
        CodeRange range = result.range();
        double least = 0;
        double most = 0;
        for (int k = 0; k < result.codes().length; k++) {
            least = Math.min(least, weights[offset + k]);
            most = Math.max(most, weights[offset + k]);
        }
        double step = range.symmetric()
                ? Math.max(-least, most) / range.symmetricHighest()
                : (most - least) / range.span();
        int low = (int) Math.clamp(Math.rint(least / step), range.lowest(), range.highestLow());
        int zero = range.zeroPoint(low);
        result.scales()[0] = (float) step;
        result.zeroPoints()[0] = (byte) zero;
        for (int k = 0; k < result.codes().length; k++) {
            double code = Math.rint(weights[offset + k] / step);
            result.codes()[k] = (byte) ((int) Math.clamp(code, low, low + range.span()) + zero);
        }
    }
}
