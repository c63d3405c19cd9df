package dvdquant.app.bench;

import dvdquant.core.format.BFloat16;
import dvdquant.models.weights.PackedLayer;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What an int8 linear has to give, by a plain loop over integers: a benchmark of wrong results would say nothing. */
final class ExactProduct {
    /** Tokens that are looked at. */
    static final int SAMPLE = 16;

    private ExactProduct() {}

    /**
     * Compares a sample of tokens, all outputs of each, bit for bit.
     *
     * @param result [tokens, out], BF16
     * @param values [out, in], I8: what {@code layer} expands to
     * @throws IllegalStateException at the first difference
     */
    static void require(Tensor result, Int8Rows rows, Tensor values, PackedLayer layer) {
        long tokens = result.dim(0);
        int out = (int) result.dim(1);
        int in = (int) values.dim(1);
        float[] scales = layer.scales();
        float[] bias = layer.bias();
        float[] tokenScales = rows.scales().toFloats();
        byte[] weights = values.segment().toArray(ValueLayout.JAVA_BYTE);
        MemorySegment results = result.segment();
        for (long sample = 0; sample < Math.min(SAMPLE, tokens); sample++) {
            long token = sample * tokens / Math.min(SAMPLE, tokens);
            byte[] codes = rows.codes().segment().asSlice(token * in, in).toArray(ValueLayout.JAVA_BYTE);
            for (int o = 0; o < out; o++) {
                float value = Math.fma(sum(codes, weights, o * in) * tokenScales[(int) token], scales[o], bias[o]);
                float found = BFloat16.toFloat(results.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (token * out + o)));
                if (found != BFloat16.toFloat(BFloat16.fromFloat(value))) {
                    throw new IllegalStateException("the int8 linear gave " + found + " for token " + token
                            + ", output " + o + ", where integers give " + value);
                }
            }
        }
    }

    private static int sum(byte[] codes, byte[] weights, int row) {
        int sum = 0;
        for (int i = 0; i < codes.length; i++) {
            sum += codes[i] * weights[row + i];
        }
        return sum;
    }
}
