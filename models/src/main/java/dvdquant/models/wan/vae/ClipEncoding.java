package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.TiledPass;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;

/** The encoding of one clip, whole frames or in tiles. State of one call. */
final class ClipEncoding {
    private final VaeEncoder encoder;
    private final Tensor video;
    private final Autoencoder.Progress progress;
    private int chunksDone;

    /** @param video [1, 3, 1 + 4 k, height, width] */
    ClipEncoding(VaeEncoder encoder, Tensor video, Autoencoder.Progress progress) {
        this.encoder = encoder;
        this.video = video;
        this.progress = progress;
    }

    /** @return [1, z, 1 + k, h, w]: the mode, not normalized */
    Tensor run(Tiling tiling) {
        return tiling instanceof Tiling.Tiles tiles && tiles.cuts(video.dim(3), video.dim(4))
                ? inTiles(tiles)
                : encode(video, chunks());
    }

    private int chunks() {
        return Math.toIntExact(encoder.config().geometry().latents(video.shape()).dim(2));
    }

    /** Encodes all frames of a tile, then the next tile. Tiles are of pixels, as in decoding; diffusers' of Wan 2.2 are of patches, twice as large. */
    private Tensor inTiles(Tiling.Tiles tiles) {
        int patch = encoder.config().patchSize();
        var pass = TiledPass.encoding(tiles.inPatches(patch), VaeConfig.PATCHES_PER_LATENT, video.dim(3) / patch,
                video.dim(4) / patch);
        int total = Math.multiplyExact(pass.count(), chunks());
        Tensor mode = Tensor.empty(video.device(), ElementType.F32,
                encoder.config().geometry().latents(video.shape()).dims());
        pass.run((top, left, height, width) -> encode(
                video.narrow(3, patch * top, patch * height).narrow(4, patch * left, patch * width), total),
                values -> values, mode);
        return mode;
    }

    private Tensor encode(Tensor tile, int total) {
        if (chunksDone == 0) progress.chunksDone(0, total);
        return encoder.encode(tile, () -> progress.chunksDone(++chunksDone, total));
    }
}
