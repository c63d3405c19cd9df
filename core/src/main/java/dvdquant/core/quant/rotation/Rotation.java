package dvdquant.core.quant.rotation;

/**
 * An orthogonal matrix R for the columns of weights and activations: X R · (W R)ᵀ = X Wᵀ, while outliers of single channels are
 * spread over many, which makes both easier to quantize.
 *
 * <p>{@code new Rotation.Blocks(128, 0).forColumns(1536)} rotates rows of 1,536 values in 12 blocks.
 *
 * <p>Source: DVD-Quant §3.2 and QuaRot (arXiv 2404.00456); the signs and blocks are ours.
 */
public sealed interface Rotation {
    /** R = I. */
    record None() implements Rotation {}

    /**
     * R = D·H, H block-diagonal, normalized Walsh–Hadamard matrices of {@code block} columns, a power of two.
     *
     * @param block columns that are rotated among each other
     * @param seed of the signs D
     */
    record Blocks(int block, long seed) implements Rotation {
        /**
         * Checks that there is a Walsh–Hadamard matrix of this size.
         *
         * @throws IllegalArgumentException if the block is not a power of two
         */
        public Blocks {
            if (Integer.bitCount(block) != 1 || block < 1) {
                throw new IllegalArgumentException("a rotation's block is a power of two, not " + block);
            }
        }
    }

    /**
     * QuaRot's: R = D·H, H one normalized Hadamard matrix over all columns, of an order m ⊗ 2ᵏ.
     *
     * @param seed of the signs D
     */
    record Full(long seed) implements Rotation {}

    /**
     * {@return the rotation of rows of that many columns, with its signs}
     *
     * @param columns of a row, 1 or more
     * @throws IllegalArgumentException if no such rotation exists; the message names the block and the columns
     */
    default HadamardRotation forColumns(int columns) {
        if (columns < 1) throw new IllegalArgumentException("a row of " + columns + " columns");
        return switch (this) {
            case None _ -> HadamardRotation.identity(columns);
            case Blocks(int block, long seed) -> HadamardRotation.blocks(columns, block, seed);
            case Full(long seed) -> HadamardRotation.full(columns, seed);
        };
    }
}
