package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Pixels;
import dvdquant.models.vae.TiledPass;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Consumer;

/** The decoding of one clip, whole frames or in tiles. State of one call. */
final class ClipDecoding {
    private final VaeDecoder decoder;
    private final Tensor latents;
    private final Pixels pixels;
    private final Autoencoder.Progress progress;
    private int chunksDone;

    /** @param latents [1, z, f, h, w], not normalized */
    ClipDecoding(VaeDecoder decoder, Tensor latents, Pixels pixels, Autoencoder.Progress progress) {
        this.decoder = decoder;
        this.latents = latents;
        this.pixels = pixels;
        this.progress = progress;
    }

    /** In pixels. */
    long height() {
        return VaeConfig.PIXELS_PER_LATENT * latents.dim(3);
    }

    /** In pixels. */
    long width() {
        return VaeConfig.PIXELS_PER_LATENT * latents.dim(4);
    }

    private int chunks() {
        return Math.toIntExact(latents.dim(2));
    }

    private long frames() {
        return 1 + (latents.dim(2) - 1) * VaeConfig.FRAMES_PER_LATENT;
    }

    /** Hands on each chunk as soon as it is decoded. */
    void whole(Consumer<Tensor> frames) {
        progress.chunksDone(0, chunks());
        decoder.decode(latents, (_, chunk) -> {
            frames.accept(pixels.of(chunk).contiguous());
            progress.chunksDone(++chunksDone, chunks());
        });
    }

    /** Decodes all frames of a tile, then the next tile; hands on the joined clip when the last tile is there. */
    void inTiles(Tiling.Tiles tiles, Consumer<Tensor> frames) {
        var pass = TiledPass.decoding(tiles, VaeConfig.PIXELS_PER_LATENT, latents.dim(3), latents.dim(4));
        int total = Math.multiplyExact(pass.count(), chunks());
        progress.chunksDone(0, total);
        try (var _ = TensorScope.open()) {
            Tensor clip = Tensor.empty(latents.device(), pixels.type(), 1, 3, frames(), height(), width());
            pass.run((top, left, height, width) -> decodeTile(
                    latents.narrow(3, top, height).narrow(4, left, width), total), pixels::of, clip);
            for (long frame = 0, count = 1; frame < frames(); frame += count, count = VaeConfig.FRAMES_PER_LATENT) {
                try (var _ = TensorScope.open()) {
                    frames.accept(clip.narrow(2, frame, count).contiguous());
                }
            }
        }
    }

    /** [1, z, f, h, w] → [1, 3, 1 + 4 (f − 1), 8 h, 8 w]. */
    private Tensor decodeTile(Tensor tile, int total) {
        long pixelsPerLatent = VaeConfig.PIXELS_PER_LATENT;
        Tensor decoded = Tensor.empty(latents.device(), ElementType.F32, 1, 3, frames(), pixelsPerLatent * tile.dim(3),
                pixelsPerLatent * tile.dim(4));
        decoder.decode(tile, (firstFrame, chunk) -> {
            decoded.narrow(2, firstFrame, chunk.dim(2)).copyFrom(chunk);
            progress.chunksDone(++chunksDone, total);
        });
        return decoded;
    }
}
