package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;

/** How latents are decoded, whole or in tiles, and what that needs. */
record Decoding(AutoencoderModel vae, ComputeDevice device) {
    /**
     * @param others what is there besides the VAE
     * @param available bytes, for all
     */
    Phase phase(Shape latents, List<Need> others, long available) {
        ClipSize clip = vae.geometry().clip(latents);
        Phase whole = phase(latents, others, vae.tiling(clip.height(), clip.width()));
        if (whole.bytes() <= available) return whole;
        Phase tiled = phase(latents, others, Tiling.DEFAULT_TILES);
        return tiled.bytes() <= available ? tiled : whole;
    }

    private Phase phase(Shape latents, List<Need> others, Tiling tiling) {
        ClipSize clip = vae.geometry().clip(latents);
        String how = tiling.cuts(clip.height(), clip.width()) ? " in tiles" : "";
        var needs = new ArrayList<>(others);
        needs.add(new Need("the VAE's weights", vae.decoderBytes(device.kernels()), "close other programs"));
        needs.add(new Need(clip + how, vae.decodeBytes(latents, tiling, device.kernels()), MemoryPlanner.SMALLER_CLIP));
        return new Phase("decode", needs);
    }

    /**
     * In tiles where whole frames would not fit.
     *
     * @param others what is there besides the VAE
     * @param available bytes, for all
     */
    Tiling tiling(Shape latents, List<Need> others, long available) {
        ClipSize clip = vae.geometry().clip(latents);
        Tiling usual = vae.tiling(clip.height(), clip.width());
        boolean fits = phase(latents, others, usual).bytes() <= available;
        return fits ? usual : Tiling.DEFAULT_TILES;
    }

    /** @param loaded the autoencoder, which stays loaded */
    Video decode(Autoencoder loaded, Latents latents, Tiling tiling, PipelineListener listener,
            Cancellation cancellation) {
        ClipSize clip = vae.geometry().clip(latents.shape());
        Tiling usual = vae.tiling(clip.height(), clip.width());
        if (tiling.cuts(clip.height(), clip.width()) && !usual.cuts(clip.height(), clip.width())) {
            listener.onWarning(
                    "there is too little memory for whole frames: they are decoded in tiles, which changes them a little");
        }
        try (var _ = TensorScope.open()) {
            Tensor values = Tensor.ofFloats(latents.values(), latents.shape().dims());
            return loaded.decodeVideo(values, tiling, (done, total) -> {
                cancellation.check();
                listener.onProgress(new Progress.Decoding(done, total));
            });
        }
    }
}
