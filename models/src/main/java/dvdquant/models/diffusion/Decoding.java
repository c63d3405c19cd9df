package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.vae.Tiling;
import dvdquant.models.wan.vae.AutoencoderKLWan;
import dvdquant.models.wan.vae.VaeConfig;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;

/** How latents are decoded, whole or in tiles, and what that needs. */
record Decoding(VaeConfig config, Kernels kernels) {
    static final String SMALLER_CLIP = "a smaller height and width or fewer frames would help";

    /** @throws InputException if latents of this shape are not this model's */
    ClipSize clip(Shape latents) {
        if (latents.rank() != 5 || latents.dim(1) != config.zDim()) {
            throw new InputException("the latents are " + latents + ", expected [1, " + config.zDim()
                    + ", frames, height, width] for this model");
        }
        return new ClipSize(Math.toIntExact((latents.dim(2) - 1) * VaeConfig.FRAMES_PER_LATENT + 1),
                Math.toIntExact(latents.dim(3) * VaeConfig.PIXELS_PER_LATENT),
                Math.toIntExact(latents.dim(4) * VaeConfig.PIXELS_PER_LATENT));
    }

    /** @param others what is there besides the VAE; @param available bytes, for all */
    Phase phase(Shape latents, List<Need> others, long available) {
        ClipSize clip = clip(latents);
        Phase whole = phase(latents, others, Tiling.auto(clip.height(), clip.width()));
        if (whole.bytes() <= available) return whole;
        Phase tiled = phase(latents, others, Tiling.DEFAULT_TILES);
        return tiled.bytes() <= available ? tiled : whole;
    }

    private Phase phase(Shape latents, List<Need> others, Tiling tiling) {
        ClipSize clip = clip(latents);
        long activations = AutoencoderKLWan.peakDecodeBytes(config, latents.dim(2), latents.dim(3), latents.dim(4),
                tiling, kernels);
        String how = tiling.cuts(clip.height(), clip.width()) ? " in tiles" : "";
        var needs = new ArrayList<>(others);
        needs.add(
                new Need("the VAE's weights", AutoencoderKLWan.decoderBytes(config, kernels), "close other programs"));
        needs.add(new Need(clip + how, activations, SMALLER_CLIP));
        return new Phase("decode", needs);
    }

    /**
     * In tiles where whole frames would not fit.
     *
     * @param others what is there besides the VAE; @param available bytes, for all
     */
    Tiling tiling(Shape latents, List<Need> others, long available) {
        ClipSize clip = clip(latents);
        Tiling usual = Tiling.auto(clip.height(), clip.width());
        boolean fits = phase(latents, others, usual).bytes() <= available;
        return fits ? usual : Tiling.DEFAULT_TILES;
    }

    static Video decode(AutoencoderKLWan vae, Latents latents, Tiling tiling, PipelineListener listener,
            Cancellation cancellation) {
        long height = VaeConfig.PIXELS_PER_LATENT * latents.shape().dim(3);
        long width = VaeConfig.PIXELS_PER_LATENT * latents.shape().dim(4);
        if (tiling.cuts(height, width) && !Tiling.auto(height, width).cuts(height, width)) {
            listener.onWarning(
                    "there is too little memory for whole frames: they are decoded in tiles, which changes them a little");
        }
        try (var _ = TensorScope.open()) {
            Tensor values = Tensor.ofFloats(latents.values(), latents.shape().dims());
            return vae.decodeVideo(values, tiling, (done, total) -> {
                cancellation.check();
                listener.onProgress(new Progress.Decoding(done, total));
            });
        }
    }
}
