package dvdquant.core.quant;

/** The definition: plain loops. */
final class ReferenceRowKernel implements RowKernel {
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
    public void quantize(float[] values, int from, int count, Grid grid, byte[] codes, int to) {
        for (int i = 0; i < count; i++) {
            codes[to + i] = quantize(values[from + i], grid);
        }
    }

    @Override
    public void round(float[] values, int offset, int count, Grid grid) {
        for (int i = offset; i < offset + count; i++) {
            values[i] = grid.step() * (float) Math.clamp(Math.rint(values[i] / grid.step()), grid.low(), grid.high());
        }
    }

    static byte quantize(float value, Grid grid) {
        return (byte) ((int) Math.clamp(Math.rint(value / grid.step()), grid.low(), grid.high()) + grid.zero());
    }
}
