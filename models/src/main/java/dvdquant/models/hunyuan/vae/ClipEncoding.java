package dvdquant.models.hunyuan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.LatentGeometry;
import dvdquant.models.vae.TiledPass;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;

/** The encoding of one clip, cut as {@link ClipDecoding} cuts it. State of one call. */
final class ClipEncoding {
    private static final int PIXELS = VaeConfig.PIXELS_PER_LATENT;

    private final LatentGeometry geometry;
    private final VaeEncoder encoder;
    private final Tensor video;
    private final TemporalPass inTime;
    private final Autoencoder.Progress progress;
    private int done;
    private int total;

    /** @param video [1, 3, 1 + 4 k, 8 h, 8 w] */
    ClipEncoding(VaeConfig config, VaeEncoder encoder, Tensor video, Autoencoder.Progress progress) {
        this.geometry = config.geometry();
        this.encoder = encoder;
        this.video = video;
        this.progress = progress;
        inTime = TemporalPass.encoding(video.dim(2));
    }

    /** @return [1, z, 1 + k, h, w]: the mode, not scaled */
    Tensor run(Tiling tiling) {
        long height = video.dim(3);
        long width = video.dim(4);
        TiledPass tiles = tiling instanceof Tiling.Tiles cut && cut.cuts(height, width)
                ? TiledPass.encoding(cut, PIXELS, height, width)
                : null;
        total = Math.multiplyExact(inTime.count(), Math.multiplyExact(tiles == null ? 1 : tiles.count(),
                encoder.layers().size()));
        progress.chunksDone(0, total);
        Tensor mode = mode(video);
        var next = new long[1];
        inTime.run((first, count) -> {
            Tensor some = video.narrow(2, first, count);
            return tiles == null ? encode(some) : inTiles(tiles, some);
        }, joined -> {
            mode.narrow(2, next[0], joined.dim(2)).copyFrom(joined);
            next[0] += joined.dim(2);
        });
        return mode;
    }

    private Tensor inTiles(TiledPass tiles, Tensor some) {
        Tensor joined = mode(some);
        tiles.run((top, left, height, width) -> encode(some.narrow(3, top, height).narrow(4, left, width)),
                values -> values, joined);
        return joined;
    }

    private Tensor encode(Tensor tile) {
        return encoder.encode(tile, () -> progress.chunksDone(++done, total));
    }

    /** Memory for the mode of some frames. */
    private Tensor mode(Tensor of) {
        return Tensor.empty(video.device(), ElementType.F32, geometry.latents(of.shape()).dims());
    }
}
