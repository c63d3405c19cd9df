package dvdquant.models.vae;

import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * What the convolutions over time remember from one chunk of a clip to the next: the last frames of their input. With it a clip
 * decoded chunk by chunk is the clip decoded at once. State of one call; belongs to nobody's weights.
 *
 * <p>Source: diffusers, autoencoder_kl_wan.py, {@code feat_cache}. The frames before the first are zeros.
 */
final class FeatureCache implements AutoCloseable {
    private final HeldTensors<Conv3d> frames = new HeldTensors<>();
    private boolean firstChunk = true;

    /** The first chunk is one frame, and is neither repeated nor halved in time. */
    boolean isFirstChunk() {
        return firstChunk;
    }

    void endChunk() {
        firstChunk = false;
    }

    /**
     * Puts the {@code count} frames before {@code x} in front of it, and remembers the last {@code count} frames of the result.
     *
     * @param x [1, channels, frames, height, width]
     * @return [1, channels, count + frames, height, width]
     */
    Tensor extend(Conv3d layer, Tensor x, long count) {
        Tensor before = frames.get(layer);
        Tensor extended = before == null ? x.pad(0, 0, 0, 0, count, 0) : Tensor.cat(List.of(before, x), 2);
        remember(layer, extended, count);
        return extended;
    }

    /** Remembers the last {@code count} frames of {@code x}. */
    void remember(Conv3d layer, Tensor x, long count) {
        frames.put(layer, x.narrow(2, x.dim(2) - count, count));
    }

    @Override
    public void close() {
        frames.close();
    }
}
