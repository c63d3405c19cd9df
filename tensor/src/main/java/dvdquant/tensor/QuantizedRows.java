package dvdquant.tensor;

/**
 * Activations quantized by token: value ≈ code · scale of the token.
 *
 * @param codes [tokens, channels], I8
 * @param scales [tokens], F32
 * @param bits that hold every code, as two's complement: −8 … 7 at 4
 */
public record QuantizedRows(Tensor codes, Tensor scales, int bits) {
    /**
     * Codes of up to 8 bits.
     *
     * @param codes [tokens, channels], I8
     * @param scales [tokens], F32
     */
    public QuantizedRows(Tensor codes, Tensor scales) {
        this(codes, scales, Byte.SIZE);
    }
}
