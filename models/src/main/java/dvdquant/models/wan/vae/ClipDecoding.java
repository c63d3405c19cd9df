package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Pixels;
import dvdquant.models.vae.TiledPass;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Consumer;

/** The decoding of one clip, whole frames or in tiles, which are joined as patches where there are some. State of one call. */
final class ClipDecoding {
    private static final int PATCHES = VaeConfig.PATCHES_PER_LATENT;

    private final VaeConfig config;
    private final VaeDecoder decoder;
    private final Tensor latents;
    private final Pixels pixels;
    private final Autoencoder.Progress progress;
    private int chunksDone;

    /** @param latents [1, z, f, h, w], not normalized */
    ClipDecoding(VaeConfig config, VaeDecoder decoder, Tensor latents, Pixels pixels, Autoencoder.Progress progress) {
        this.config = config;
        this.decoder = decoder;
        this.latents = latents;
        this.pixels = pixels;
        this.progress = progress;
    }

    /** @param frames gets the clip in order, [1, 3, 1 or 4, height, width] */
    void run(Tiling tiling, Consumer<Tensor> frames) {
        long height = config.pixelsPerLatent() * latents.dim(3);
        long width = config.pixelsPerLatent() * latents.dim(4);
        if (tiling instanceof Tiling.Tiles tiles && tiles.cuts(height, width)) {
            inTiles(tiles, frames);
        } else {
            whole(frames);
        }
    }

    private int chunks() {
        return Math.toIntExact(latents.dim(2));
    }

    /** Hands on each chunk as soon as it is decoded. */
    private void whole(Consumer<Tensor> frames) {
        progress.chunksDone(0, chunks());
        decoder.decode(latents, (_, chunk) -> {
            frames.accept(unpatchified(pixels.of(chunk)));
            progress.chunksDone(++chunksDone, chunks());
        });
    }

    private Tensor unpatchified(Tensor chunk) {
        return Patchify.unpatchify(chunk, config.patchSize()).contiguous();
    }

    /** Decodes all frames of a tile, then the next tile; hands on the joined clip when the last tile is there. */
    private void inTiles(Tiling.Tiles tiles, Consumer<Tensor> frames) {
        var pass = TiledPass.decoding(tiles.inPatches(config.patchSize()), PATCHES, latents.dim(3), latents.dim(4));
        int total = Math.multiplyExact(pass.count(), chunks());
        progress.chunksDone(0, total);
        try (var _ = TensorScope.open()) {
            Tensor clip = patches(latents, pixels.type());
            pass.run((top, left, height, width) -> decodeTile(
                    latents.narrow(3, top, height).narrow(4, left, width), total), pixels::of, clip);
            for (long frame = 0, count = 1; frame < clip.dim(2); frame += count, count = VaeConfig.FRAMES_PER_LATENT) {
                try (var _ = TensorScope.open()) {
                    frames.accept(unpatchified(clip.narrow(2, frame, count)));
                }
            }
        }
    }

    /** [1, z, f, h, w] → [1, colors, 1 + 4 (f − 1), 8 h, 8 w]. */
    private Tensor decodeTile(Tensor tile, int total) {
        Tensor decoded = patches(tile, ElementType.F32);
        decoder.decode(tile, (firstFrame, chunk) -> {
            decoded.narrow(2, firstFrame, chunk.dim(2)).copyFrom(chunk);
            progress.chunksDone(++chunksDone, total);
        });
        return decoded;
    }

    /** Memory for what latents decode to. */
    private Tensor patches(Tensor of, ElementType type) {
        return Tensor.empty(latents.device(), type, 1, config.colors(),
                1 + (of.dim(2) - 1) * VaeConfig.FRAMES_PER_LATENT, PATCHES * of.dim(3), PATCHES * of.dim(4));
    }
}
