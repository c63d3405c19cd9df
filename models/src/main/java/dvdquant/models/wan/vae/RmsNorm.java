package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution.Activation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * y = x / max(‖x‖₂, 1e-12) · gain, the norm over the channels of a pixel.
 *
 * @param gain [1, channels, 1, 1, 1]: the checkpoint's gamma · √channels
 */
record RmsNorm(Tensor gain) {
    /** With SiLU, as a convolution does it while it reads. */
    Activation.Normed activation() {
        return new Activation.Normed(gain);
    }

    Tensor forward(Tensor x) {
        try (var scope = TensorScope.open()) {
            Tensor norm = x.norm(1).clamp(Activation.Normed.SMALLEST_NORM, Double.POSITIVE_INFINITY); // [1, 1, frames, height, width]
            return scope.keep(x.divide(norm).multiplyInPlace(gain));
        }
    }
}
