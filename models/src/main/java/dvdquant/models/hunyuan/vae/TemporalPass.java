package dvdquant.models.hunyuan.vae;

import dvdquant.models.vae.HeldTensors;
import dvdquant.models.vae.TiledPass;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Consumer;

/**
 * Runs the autoencoder over a clip a tile of some frames after the other, and joins the results. The first frame of a tile is what a clip
 * begins with, a latent of one frame: of every tile but the first it is left out. The next frames are blended with those of the tile before
 * that lie beyond its stride: (1 − k/n) · before + k/n · own for k = 0 … n − 1.
 *
 * <p>Geometry and blending are those of diffusers' {@code _temporal_tiled_decode} and {@code _temporal_tiled_encode}, which are its defaults; so
 * are 17 frames a tile, one each 12.
 *
 * @param frames of the input
 * @param size of a tile in the input, without its first frame
 * @param stride of the tiles in the input
 * @param outStride of the tiles in the result
 */
record TemporalPass(long frames, long size, long stride, long outStride) {
    private static final long SAMPLE_FRAMES = 16;
    private static final long SAMPLE_STRIDE = 12;
    private static final long LATENTS = SAMPLE_FRAMES / VaeConfig.FRAMES_PER_LATENT;
    private static final long LATENT_STRIDE = SAMPLE_STRIDE / VaeConfig.FRAMES_PER_LATENT;
    private static final int AXIS = 2;

    /** Makes the result of one tile: [1, channels, frames, height, width] in the caller's scope, to be overwritten. */
    @FunctionalInterface
    interface Tile {
        /** @param first frame of the input; @param count of frames */
        Tensor run(long first, long count);
    }

    static TemporalPass decoding(long latents) {
        return new TemporalPass(latents, LATENTS, LATENT_STRIDE, SAMPLE_STRIDE);
    }

    static TemporalPass encoding(long frames) {
        return new TemporalPass(frames, SAMPLE_FRAMES, SAMPLE_STRIDE, LATENT_STRIDE);
    }

    /** A tile of one frame that is not the first gives nothing, and is not run. */
    int count() {
        return Math.toIntExact(Math.max(1, Math.ceilDiv(frames - 1, stride)));
    }

    /** Frames of the longest tile. */
    long longest() {
        return Math.min(frames, size + 1);
    }

    /** @param joined gets the frames of the result in order, those of a tile at once; freed when it returns */
    void run(Tile tile, Consumer<Tensor> joined) {
        try (var beyond = new HeldTensors<Long>()) {
            for (int i = 0; i < count(); i++) {
                try (var _ = TensorScope.open()) {
                    long first = i * stride;
                    Tensor values = tile.run(first, Math.min(size + 1, frames - first));
                    if (i > 0) {
                        values = values.narrow(AXIS, 1, values.dim(AXIS) - 1);
                        TiledPass.blend(beyond.get(0L), values, AXIS);
                    }
                    long kept = Math.min(values.dim(AXIS), i > 0 ? outStride : outStride + 1);
                    long shared = values.dim(AXIS) - kept;
                    if (shared > 0) beyond.put(0L, values.narrow(AXIS, kept, shared));
                    joined.accept(values.narrow(AXIS, 0, kept));
                }
            }
        }
    }
}
