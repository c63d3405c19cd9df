package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerArithmetic;
import dvdquant.models.nn.LayerObserver;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.vae.AutoencoderKLWan;
import dvdquant.tensor.Kernels;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The components that stay from clip to clip, each loaded when it is first needed: the transformer, which goes before a clip is decoded
 * if there is no room for both, and the VAE's decoder. Everything here is called in a turn.
 */
final class LoadedModels implements AutoCloseable {
    private final Path folder;
    private final WanSizes sizes;
    private final ElementType dtype;
    private final Kernels kernels;
    private final Optional<LayerObserver> observer;
    private final Turns turns;
    private WanTransformer transformer;
    private LayerArithmetic loaded = LayerArithmetic.INTEGER;
    private AutoencoderKLWan vae;

    LoadedModels(Path folder, WanSizes sizes, ElementType dtype, Kernels kernels, Optional<LayerObserver> observer,
            Turns turns) {
        this.folder = folder;
        this.sizes = sizes;
        this.dtype = dtype;
        this.kernels = kernels;
        this.observer = observer;
        this.turns = turns;
    }

    /** That of the transformer, if it is loaded. */
    Optional<LayerArithmetic> arithmetic() {
        return Optional.ofNullable(transformer).map(_ -> loaded);
    }

    /** The transformer, whose quantized layers compute so. Waits until clips have ended that need it otherwise. */
    WanTransformer transformer(LayerArithmetic arithmetic, PipelineListener listener, Cancellation cancellation) {
        if (transformer != null && arithmetic != loaded) {
            turns.awaitClips(() -> arithmetic == loaded, cancellation);
            if (arithmetic != loaded) closeTransformer(); // else another clip has brought it
        }
        if (transformer != null) return transformer;
        sizes.hostPlan(dtype, arithmetic, kernels.memory()).ifPresent(MemoryPlan::requireFits);
        loaded = arithmetic;
        listener.onProgress(new Progress.Loading(0, 1));
        transformer = WanTransformer.open(folder.resolve("transformer"), dtype, kernels, arithmetic, observer);
        listener.onProgress(new Progress.Loading(1, 1));
        return transformer;
    }

    /**
     * The VAE, with room to decode a clip.
     *
     * @throws dvdquant.core.InputException if there is not enough memory even without the transformer
     */
    AutoencoderKLWan vae(ClipSize clip, Cancellation cancellation) {
        if (transformer != null && !decodePlan(clip).fits()) {
            turns.awaitClips(() -> transformer == null, cancellation);
            closeTransformer();
        }
        decodePlan(clip).requireFits();
        if (vae == null) vae = AutoencoderKLWan.open(folder.resolve("vae"), kernels);
        return vae;
    }

    private MemoryPlan decodePlan(ClipSize clip) {
        return sizes.decodePlan(clip, dtype, arithmetic(), kernels.memory());
    }

    /** After a clip was decoded. */
    void endDecoding() {
        if (!kernels.device().isCpu()) closeVae(); // its memory is the transformer's, for the next clip
    }

    private void closeTransformer() {
        if (transformer != null) transformer.close();
        transformer = null;
    }

    private void closeVae() {
        if (vae != null) vae.close();
        vae = null;
    }

    @Override
    public void close() {
        closeTransformer();
        closeVae();
    }
}
