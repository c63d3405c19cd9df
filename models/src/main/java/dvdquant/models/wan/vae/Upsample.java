package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * Twice the height and width: each pixel repeated, then a convolution. Before that, with a {@code timeConv}, twice the frames;
 * but the first frame of a clip stays one.
 *
 * @param timeConv from c to 2 c channels, or null
 * @param resample from c to c / 2 channels in Wan 2.1, to c in Wan 2.2, within a frame
 */
record Upsample(Convolution timeConv, Convolution resample) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        return Layer.chain(x, List.of(
                value -> timeConv == null || cache.isFirstChunk() ? value : doubleFrames(value, cache),
                value -> resample.apply(Convolution.Input.of(value).with(Convolution.Repeats.PIXELS))));
    }

    /** The two halves of timeConv's channels are two frames in a row: [1, c, t, h, w] → [1, c, 2 t, h, w]. */
    private Tensor doubleFrames(Tensor x, FeatureCache cache) {
        try (var scope = TensorScope.open()) {
            long channels = x.dim(1);
            long frames = x.dim(2);
            long height = x.dim(3);
            long width = x.dim(4);
            Tensor pairs = new CausalConv(timeConv).forward(x, cache); // [1, 2 c, t, h, w]
            return scope.keep(pairs.permute(0, 2, 3, 4, 1) // [1, t, h, w, 2 c]
                    .reshape(1, frames, height, width, 2, channels).permute(0, 1, 4, 2, 3, 5) // [1, t, 2, h, w, c]
                    .reshape(1, 2 * frames, height, width, channels).permute(0, 4, 1, 2, 3));
        }
    }
}
