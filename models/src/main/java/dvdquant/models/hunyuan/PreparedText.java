package dvdquant.models.hunyuan;

import dvdquant.tensor.Tensor;

/**
 * What of a text is the same at all times.
 *
 * @param tokens before they are refined
 * @param pooled [1, width], F32: the whole text
 */
record PreparedText(TokenRefiner.Projected tokens, Tensor pooled) {}
