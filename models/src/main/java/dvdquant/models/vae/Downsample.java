package dvdquant.models.vae;

import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Half the height and width by a convolution of stride 2; then, with a {@code timeConv}, half the frames. The first frame of
 * a clip stays one.
 *
 * @param resample within a frame
 * @param timeConv over three frames with stride 2, or null
 */
record Downsample(Conv3d resample, Conv3d timeConv) implements Layer {
    @Override
    public Tensor forward(Tensor x, FeatureCache cache) {
        var steps = new ArrayList<UnaryOperator<Tensor>>(List.of(
                value -> value.pad(0, 1, 0, 1), // a column to the right, a row below
                resample::forward));
        if (timeConv != null) steps.add(value -> halveFrames(value, cache));
        return Layer.chain(x, steps);
    }

    private Tensor halveFrames(Tensor x, FeatureCache cache) {
        if (cache.isFirstChunk()) {
            cache.remember(timeConv, x, 1);
            return x;
        }
        return Layer.chain(x, List.of(
                value -> cache.extend(timeConv, value, 1), // [1, c, 1 + t, h, w]
                timeConv::forward)); // [1, c, t / 2, h, w]
    }
}
