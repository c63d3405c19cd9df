package dvdquant.core.quant.weights;

/** The definition: plain loops. */
public final class ReferenceRowKernel implements RowKernel {
    /** Without state: one serves all threads. */
    public ReferenceRowKernel() {}

    @Override
    public float magnitude(float[] values, int offset, int count) {
        float largest = 0;
        for (int i = offset; i < offset + count; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }

    @Override
    public boolean isConstant(float[] values, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            if (values[i] != values[offset]) return false;
        }
        return true;
    }

    @Override
    public void quantize(float[] values, int offset, QuantizedRow row) {
        int size = row.groupColumns();
        for (int group = 0; group < row.zeroPoints().length; group++) {
            float step = row.step(group);
            int zero = Byte.toUnsignedInt(row.zeroPoints()[group]);
            int low = row.range().lowestOf(zero);
            for (int k = group * size; k < (group + 1) * size; k++) {
                double code = Math.clamp(Math.rint(values[offset + k] / step), low, low + row.range().span());
                row.codes()[k] = (byte) ((int) code + zero);
            }
        }
    }

    @Override
    public void round(float[] values, int offset, int count, Grid grid) {
        for (int i = offset; i < offset + count; i++) {
            values[i] = grid.step() * (float) Math.clamp(Math.rint(values[i] / grid.step()), grid.low(), grid.high());
        }
    }
}
