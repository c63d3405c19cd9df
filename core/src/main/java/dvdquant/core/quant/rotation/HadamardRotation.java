package dvdquant.core.quant.rotation;

import java.util.Arrays;

/**
 * A {@link Rotation} of rows of a given length: x̃ = x R with R = D·H. A row is multiplied by its signs, then each block of B
 * values by a Walsh–Hadamard matrix, then (if B is not all of it) for a full rotation the blocks among each other by a Hadamard
 * matrix of order m = K / B. Immutable; safe for use by several threads.
 */
public final class HadamardRotation {
    private final int columns;
    private final int block;
    /** H between the blocks, [m, m]; [1, 1] if they stay apart. */
    private final byte[][] between;
    /** Signs of D times the normalization of H; empty: identity. */
    private final float[] scaledSigns;

    private HadamardRotation(int columns, int block, byte[][] between, float[] scaledSigns) {
        this.columns = columns;
        this.block = block;
        this.between = between;
        this.scaledSigns = scaledSigns;
    }

    static HadamardRotation identity(int columns) {
        return new HadamardRotation(columns, 1, HadamardMatrix.of(1), new float[0]);
    }

    static HadamardRotation blocks(int columns, int block, long seed) {
        if (columns % block != 0) {
            throw new IllegalArgumentException(
                    "a rotation's block of " + block + " does not divide " + columns + " columns");
        }
        return new HadamardRotation(columns, block, HadamardMatrix.of(1), scaledSigns(columns, block, seed));
    }

    static HadamardRotation full(int columns, long seed) {
        int powerOfTwo = Integer.lowestOneBit(columns);
        for (int block = powerOfTwo; block >= 1; block /= 2) {
            int order = columns / block;
            if (HadamardMatrix.exists(order)) {
                return new HadamardRotation(columns, block, HadamardMatrix.of(order),
                        scaledSigns(columns, columns, seed));
            }
        }
        throw new IllegalArgumentException(
                "no Hadamard matrix of order " + columns / powerOfTwo + " · 2ᵏ is known to us that "
                        + "rotates all of " + columns + " columns");
    }

    private static float[] scaledSigns(int columns, int order, long seed) {
        float scale = (float) (1 / Math.sqrt(order));
        var signs = new float[columns];
        for (int k = 0; k < columns; k++) {
            signs[k] = RotationSigns.of(seed, k) * scale;
        }
        return signs;
    }

    /** {@return the length of a row} */
    public int columns() {
        return columns;
    }

    /** {@return how many neighbors one Walsh–Hadamard matrix joins: R = D · (between ⊗ Walsh–Hadamard), normalized} */
    public int block() {
        return block;
    }

    /** {@return H between the blocks, rows of ±1, [columns / block, columns / block]; [1, 1] if they stay apart} */
    public byte[][] between() {
        return Arrays.stream(between).map(byte[]::clone).toArray(byte[][]::new);
    }

    /** {@return the signs of D times the normalization of H, [columns]; empty if this is the identity} */
    public float[] scaledSigns() {
        return scaledSigns.clone();
    }

    /** {@return whether rows stay as they are} */
    public boolean isIdentity() {
        return scaledSigns.length == 0;
    }

    /**
     * Replaces the row {@code values[offset … offset + columns)} by itself times R.
     *
     * @param values of one or more rows, changed in place
     * @param offset of the row's first
     * @throws IndexOutOfBoundsException if the array is shorter
     */
    public void rotate(float[] values, int offset) {
        if (isIdentity()) return;
        WalshHadamard.transformScaled(values, scaledSigns, offset, columns, block);
        mix(values, offset, false);
    }

    /**
     * Replaces a row by itself times Rᵀ: undoes {@link #rotate} but for rounding.
     *
     * @param values of one or more rows, changed in place
     * @param offset of the row's first
     */
    public void rotateBack(float[] values, int offset) {
        if (isIdentity()) return;
        mix(values, offset, true);
        WalshHadamard.transform(values, offset, columns, block);
        WalshHadamard.multiply(values, scaledSigns, offset, columns);
    }

    /**
     * {@link #rotate} in plain loops: the same bits.
     *
     * @param values of one or more rows, changed in place
     * @param offset of the row's first
     */
    public void rotateReference(float[] values, int offset) {
        if (isIdentity()) return;
        for (int k = 0; k < columns; k++) {
            values[offset + k] *= scaledSigns[k];
        }
        for (int start = 0; start < columns; start += block) {
            WalshHadamard.reference(values, offset + start, block);
        }
        mix(values, offset, false);
    }

    /** y[j, ·] = Σᵢ x[i, ·] H[i, j], or H[j, i]; the inner loop runs along a block, so that the compiler vectorizes it. */
    private void mix(float[] values, int offset, boolean transposed) {
        int order = between.length;
        if (order == 1) return;
        float[] mixed = new float[columns];
        for (int j = 0; j < order; j++) {
            for (int i = 0; i < order; i++) {
                int sign = transposed ? between[j][i] : between[i][j];
                int from = offset + i * block;
                int to = j * block;
                for (int k = 0; k < block; k++) {
                    mixed[to + k] += sign * values[from + k];
                }
            }
        }
        System.arraycopy(mixed, 0, values, offset, columns);
    }
}
