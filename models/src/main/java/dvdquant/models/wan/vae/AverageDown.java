package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * Blocks of {@code frames} × {@code pixels} × {@code pixels} values become one: channels and offsets in a block, in the order (channel, frame, row,
 * column), are averaged in runs that give {@code out} channels. Zeros come before a first frame that is alone.
 *
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, AvgDown3D</a>
 */
record AverageDown(int out, int frames, int pixels) implements Shortcut {
    @Override
    public Tensor taken(Tensor x) {
        long count = Math.ceilDiv(x.dim(2), frames);
        long height = x.dim(3) / pixels;
        long width = x.dim(4) / pixels;
        Tensor averages = Tensor.empty(x.device(), ElementType.F32, 1, count, height, width, out)
                .permute(0, 4, 1, 2, 3);
        try (var _ = TensorScope.open()) {
            long absent = count * frames - x.dim(2);
            Tensor whole = absent == 0 ? x : x.pad(0, 0, 0, 0, absent, 0);
            for (long frame = 0; frame < count; frame++) {
                average(whole.narrow(2, frame * frames, frames), averages.narrow(2, frame, 1));
            }
        }
        return averages;
    }

    /** A frame of the result at a time: its values in order are a copy. */
    private void average(Tensor block, Tensor to) {
        try (var _ = TensorScope.open()) {
            long channels = block.dim(1);
            long height = to.dim(3);
            long width = to.dim(4);
            Tensor runs = block.reshape(channels, frames, height, pixels, width, pixels).permute(2, 4, 0, 1, 3, 5)
                    .reshape(height, width, out, channels * frames * pixels * pixels / out);
            to.copyFrom(runs.mean(3, false).reshape(1, 1, height, width, out).permute(0, 4, 1, 2, 3));
        }
    }

    @Override
    public void addTo(Tensor result, Tensor taken, boolean firstChunk) {
        result.addInPlace(taken);
    }
}
