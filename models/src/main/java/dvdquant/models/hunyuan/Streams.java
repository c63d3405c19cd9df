package dvdquant.models.hunyuan;

import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * The residual streams of the dual blocks.
 *
 * @param image [image tokens, width]
 * @param text [text tokens, width]
 */
record Streams(Tensor image, Tensor text) {
    List<Tensor> tensors() {
        return List.of(image, text);
    }

    /** [tokens of both, width]: the image's, then the text's. */
    Tensor joined() {
        return Tensor.cat(tensors(), 0);
    }
}
