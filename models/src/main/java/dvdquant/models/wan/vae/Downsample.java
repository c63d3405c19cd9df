package dvdquant.models.wan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * Half the height and width by a convolution of stride 2; then, with a {@code timeConv}, half the frames. The first frame of
 * a clip stays one.
 *
 * @param resample within a frame
 * @param timeConv over three frames with stride 2, or null
 */
record Downsample(Convolution resample, Convolution timeConv) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        return Layer.chain(x, List.of(
                value -> resample.apply(Convolution.Input.of(value)),
                value -> timeConv == null ? value : halveFrames(value, cache)));
    }

    private Tensor halveFrames(Tensor x, FeatureCache cache) {
        if (cache.isFirstChunk()) {
            cache.remember(timeConv, x, 1);
            return x;
        }
        return cache.convolve(timeConv, x, 1, timeConv::apply); // the last frame and t more give t / 2
    }
}
