package dvdquant.models.wan.vae;

import dvdquant.models.vae.HeldTensors;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Convolution.Repeats;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Function;

/**
 * What the convolutions over time remember from one chunk of a clip to the next: the last frames of their input. With it a clip
 * decoded chunk by chunk is the clip decoded at once. State of one call; belongs to nobody's weights.
 *
 * <p>Source: diffusers, autoencoder_kl_wan.py, {@code feat_cache}. The frames before the first are zeros.
 */
final class FeatureCache implements AutoCloseable {
    private final HeldTensors<Convolution> frames = new HeldTensors<>();
    private boolean firstChunk = true;

    /** The first chunk is one frame, and is neither repeated nor halved in time. */
    boolean isFirstChunk() {
        return firstChunk;
    }

    void endChunk() {
        firstChunk = false;
    }

    /**
     * Convolves {@code x} behind the {@code count} frames that came before it, and remembers the last of them all.
     *
     * @param x [1, channels, frames, height, width]
     */
    Tensor convolve(Convolution layer, Tensor x, long count, Function<Input, Tensor> convolution) {
        if (count == 0) return convolution.apply(Input.of(x));
        Tensor result = convolution.apply(new Input(x, frames.get(layer), count, null, Repeats.NONE, false));
        remember(layer, x, count);
        return result;
    }

    /** Remembers the last {@code count} frames, of {@code x} and those before it; in the memory of the last ones, if there are any. */
    void remember(Convolution layer, Tensor x, long count) {
        try (var _ = TensorScope.open()) {
            Tensor held = frames.get(layer);
            long taken = Math.min(count, x.dim(2));
            Tensor last = x.narrow(2, x.dim(2) - taken, taken);
            if (held == null) {
                frames.put(layer, taken == count ? last : last.pad(0, 0, 0, 0, count - taken, 0));
                return;
            }
            long kept = count - taken;
            if (kept > 0) held.narrow(2, 0, kept).copyFrom(held.narrow(2, taken, kept).copy());
            held.narrow(2, kept, taken).copyFrom(last);
        }
    }

    @Override
    public void close() {
        frames.close();
    }
}
