package dvdquant.benchmarks;

import dvdquant.core.format.BFloat16;
import dvdquant.measure.PackedLayer;
import dvdquant.tensor.Device;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.ValueLayout;

/** What an int8 linear has to give, by a plain loop over integers: a benchmark of wrong results would say nothing. */
final class ExactProduct {
    /** Tokens that are looked at. */
    static final int SAMPLE = 16;

    private ExactProduct() {}

    /**
     * Compares a sample of tokens, all outputs of each, bit for bit.
     *
     * @param result [tokens, out], BF16, on any device, as {@code rows}
     * @param values [out, in], I8: what {@code layer} expands to
     * @throws IllegalStateException at the first difference
     */
    static void require(Tensor result, QuantizedRows rows, Tensor values, PackedLayer layer) {
        long tokens = result.dim(0);
        int out = (int) result.dim(1);
        float[] scales = layer.scales();
        float[] bias = layer.bias();
        float[] tokenScales = rows.scales().toFloats();
        byte[] weights = values.segment().toArray(ValueLayout.JAVA_BYTE);
        for (long sample = 0; sample < Math.min(SAMPLE, tokens); sample++) {
            long token = sample * tokens / Math.min(SAMPLE, tokens);
            byte[] codes = row(rows.codes(), token);
            float[] found = floats(result, token);
            int[] sums = sums(codes, weights, out);
            for (int o = 0; o < out; o++) {
                float value = Math.fma(sums[o] * tokenScales[(int) token], scales[o], bias[o]);
                if (found[o] != BFloat16.toFloat(BFloat16.fromFloat(value))) {
                    throw new IllegalStateException("the int8 linear gave " + found[o] + " for token " + token
                            + ", output " + o + ", where integers give " + value);
                }
            }
        }
    }

    /** A row of bytes, wherever they lie. */
    private static byte[] row(Tensor bytes, long row) {
        try (var _ = TensorScope.open()) {
            return bytes.narrow(0, row, 1).to(Device.CPU).segment().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static float[] floats(Tensor rows, long row) {
        try (var _ = TensorScope.open()) {
            return rows.narrow(0, row, 1).toFloats();
        }
    }

    private static int[] sums(byte[] codes, byte[] weights, int out) {
        var sums = new int[out];
        PackedWeightReader.forRows(out, (first, last) -> {
            for (int o = first; o < last; o++) {
                sums[o] = sum(codes, weights, o * codes.length);
            }
        });
        return sums;
    }

    private static int sum(byte[] codes, byte[] weights, int row) {
        int sum = 0;
        for (int i = 0; i < codes.length; i++) {
            sum += codes[i] * weights[row + i];
        }
        return sum;
    }
}
