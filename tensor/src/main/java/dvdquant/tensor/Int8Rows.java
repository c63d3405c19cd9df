package dvdquant.tensor;

/**
 * Activations quantized by token: value ≈ code · scale of the token.
 *
 * @param codes [tokens, channels], I8
 * @param scales [tokens], F32
 */
public record Int8Rows(Tensor codes, Tensor scales) {}
