package dvdquant.core.quant.weights;

/**
 * One quantized row of a weight, codes not packed yet: column k of group g is {@code scale · multiplier[g] · (q[k] − zero[g])}.
 *
 * @param range of the codes
 * @param codes q [columns], unsigned
 * @param scales Δ [1], or [groups] if groups have steps of their own
 * @param zeroPoints z [groups], unsigned
 * @param multipliers m [groups], 1 … 8
 */
public record QuantizedRow(CodeRange range, byte[] codes, float[] scales, byte[] zeroPoints, byte[] multipliers) {
    /**
     * Memory for a row, all zero.
     *
     * @param columns inputs of the layer
     * @param scheme that the row will be quantized by
     * @throws IllegalArgumentException if the scheme's groups do not divide the columns
     */
    public QuantizedRow(int columns, WeightScheme scheme) {
        int groups = scheme.group().groupsOf(columns);
        this(scheme.range(), new byte[columns], new float[scheme.group() instanceof GroupSize.Free ? groups : 1],
                new byte[groups], new byte[groups]);
    }

    /** {@return how many columns a group has} */
    public int groupColumns() {
        return codes.length / zeroPoints.length;
    }

    /**
     * {@return Δ · m of a group}
     *
     * @param group from 0, in the order of the columns
     */
    public float step(int group) {
        return scales[scales.length == 1 ? 0 : group] * multipliers[group];
    }

    /**
     * Writes the (rotated) weights that the codes stand for.
     *
     * @param weights takes [columns] of them
     * @param offset where the first is put
     */
    public void dequantize(float[] weights, int offset) {
        int columns = groupColumns();
        for (int group = 0; group < zeroPoints.length; group++) {
            float step = step(group);
            int zero = Byte.toUnsignedInt(zeroPoints[group]);
            for (int k = group * columns; k < (group + 1) * columns; k++) {
                weights[offset + k] = step * (Byte.toUnsignedInt(codes[k]) - zero);
            }
        }
    }

    /**
     * {@return ‖w − ŵ‖², against the (rotated) weights}
     *
     * @param weights before they were quantized, [columns] of them
     * @param offset of the first
     */
    public double squaredError(float[] weights, int offset) {
        int columns = groupColumns();
        double total = 0;
        for (int group = 0; group < zeroPoints.length; group++) {
            float step = step(group);
            int zero = Byte.toUnsignedInt(zeroPoints[group]);
            for (int k = group * columns; k < (group + 1) * columns; k++) {
                double difference = weights[offset + k] - step * (double) (Byte.toUnsignedInt(codes[k]) - zero);
                total += difference * difference;
            }
        }
        return total;
    }
}
