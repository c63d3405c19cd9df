package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * y = x / max(‖x‖₂, 1e-12) · gain, the norm over the channels of a pixel.
 *
 * @param gain [1, channels, 1, 1, 1]: the checkpoint's gamma · √channels
 */
record RmsNorm(Tensor gain) {
    private static final double SMALLEST_NORM = 1e-12; // torch.nn.functional.normalize

    Tensor forward(Tensor x) {
        try (var scope = TensorScope.open()) {
            Tensor norm = x.norm(1).clamp(SMALLEST_NORM, Double.POSITIVE_INFINITY); // [1, 1, frames, height, width]
            return scope.keep(x.divide(norm).multiplyInPlace(gain));
        }
    }
}
