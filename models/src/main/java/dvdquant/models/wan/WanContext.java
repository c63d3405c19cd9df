package dvdquant.models.wan;

import dvdquant.tensor.Tensor;

import java.util.Optional;

/**
 * What the tokens of a clip attend to besides themselves.
 *
 * @param text [text tokens, width]
 * @param image [image tokens, width], of a model with an image embedder
 */
public record WanContext(Tensor text, Optional<Tensor> image) {
    /** Of a text alone. */
    public static WanContext of(Tensor text) {
        return new WanContext(text, Optional.empty());
    }
}
