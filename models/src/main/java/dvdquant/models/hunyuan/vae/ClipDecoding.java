package dvdquant.models.hunyuan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.TiledPass;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;

import java.util.function.Consumer;

/** The decoding of one clip: always in tiles of some frames, and of those in tiles of the frame where they are asked for. State of one call. */
final class ClipDecoding {
    private static final int PIXELS = VaeConfig.PIXELS_PER_LATENT;

    private final VaeDecoder decoder;
    private final Tensor latents;
    private final TemporalPass inTime;
    private final Autoencoder.Progress progress;
    private int done;
    private int total;

    /** @param latents [1, z, f, h, w], not scaled */
    ClipDecoding(VaeDecoder decoder, Tensor latents, Autoencoder.Progress progress) {
        this.decoder = decoder;
        this.latents = latents;
        this.progress = progress;
        inTime = TemporalPass.decoding(latents.dim(2));
    }

    /** Hands on the frames of each tile in time as soon as they are decoded, not clamped. */
    void run(Tiling tiling, Consumer<Tensor> frames) {
        long height = PIXELS * latents.dim(3);
        long width = PIXELS * latents.dim(4);
        TiledPass tiles = tiling instanceof Tiling.Tiles cut && cut.cuts(height, width)
                ? TiledPass.decoding(cut, PIXELS, latents.dim(3), latents.dim(4))
                : null;
        total = Math.multiplyExact(inTime.count(), Math.multiplyExact(tiles == null ? 1 : tiles.count(),
                decoder.layers().size()));
        progress.chunksDone(0, total);
        inTime.run((first, count) -> {
            Tensor some = latents.narrow(2, first, count);
            return tiles == null ? decode(some) : inTiles(tiles, some);
        }, frames);
    }

    /** [1, z, f, h, w] → [1, 3, 1 + 4 (f − 1), 8 h, 8 w]. */
    private Tensor inTiles(TiledPass tiles, Tensor some) {
        Tensor joined = Tensor.empty(some.device(), ElementType.F32, 1, 3,
                1 + VaeConfig.FRAMES_PER_LATENT * (some.dim(2) - 1), PIXELS * some.dim(3), PIXELS * some.dim(4));
        tiles.run((top, left, height, width) -> decode(some.narrow(3, top, height).narrow(4, left, width)),
                values -> values, joined);
        return joined;
    }

    private Tensor decode(Tensor tile) {
        return decoder.decode(tile, () -> progress.chunksDone(++done, total));
    }
}
