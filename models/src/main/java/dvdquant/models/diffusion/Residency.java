package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.Shape;
import dvdquant.core.machine.FreedMemory;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.LayerObserver;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Tiling;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;
import dvdquant.tensor.natives.MappedBlocks;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The components that stay from clip to clip, each loaded when it is first needed: a transformer, which goes for another one, and before
 * a clip is decoded unless other clips are being sampled with it and there is room for both; and the VAE's decoder, which goes when the
 * clip is there. Everything here is called in a turn.
 */
final class Residency implements AutoCloseable {
    private final MemoryPlanner planner;
    private final Path autoencoder;
    private final ComputeDevice device;
    private final Optional<LayerObserver> observer;
    private final ClipTurns turns;
    private DiffusionTransformer transformer;
    private String component = "";
    private HeldLayers loaded = new HeldLayers(LayerArithmetic.INTEGER, Residence.EXPANDED);
    private Autoencoder vae;

    /** @param autoencoder its folder */
    Residency(MemoryPlanner planner, Path autoencoder, Optional<LayerObserver> observer, ClipTurns turns) {
        this.planner = planner;
        this.autoencoder = autoencoder;
        this.device = planner.device();
        this.observer = observer;
        this.turns = turns;
    }

    /** Those of the transformer, if it is loaded. */
    Optional<HeldLayers> layers() {
        return Optional.ofNullable(transformer).map(_ -> loaded);
    }

    /** Of the transformer; 0 if none is loaded. */
    long weightBytes() {
        return layers().map(held -> planner.weights(held).bytes()).orElse(0L);
    }

    /**
     * A transformer, whose quantized layers compute so. Waits until clips have ended that need another one, or this one otherwise.
     *
     * @param name its component
     * @param layers how it is held if it has to be loaded
     */
    DiffusionTransformer transformer(String name, HeldLayers layers, PipelineListener listener,
            Cancellation cancellation) {
        if (transformer != null && !isLoaded(name, layers)) {
            turns.awaitClips(() -> isLoaded(name, layers), cancellation);
            if (!isLoaded(name, layers)) closeTransformer(); // else another clip has brought it
        }
        if (transformer != null) return transformer;
        planner.hostPlan(layers.arithmetic()).ifPresent(MemoryPlan::requireFits);
        component = name;
        loaded = layers;
        listener.onProgress(new Progress.Loading(0, 1));
        // Weights that go whole when they go: in malloc's heap they would leave a hole that the VAE's blocks then lie about in.
        try (var _ = MappedBlocks.open(device.device().isCpu())) {
            transformer = open(name, layers);
        }
        listener.onProgress(new Progress.Loading(1, 1));
        return transformer;
    }

    private boolean isLoaded(String name, HeldLayers layers) {
        return component.equals(name) && loaded.arithmetic() == layers.arithmetic();
    }

    private DiffusionTransformer open(String name, HeldLayers layers) {
        WeightLoader weights = planner.files().open(name);
        try {
            return planner.model().transformer(name, new LayerLoader(weights, planner.dtype(), device,
                    layers.arithmetic(), Optional.of(layers.residence()),
                    observer.map(one -> one.ofComponent(name))));
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /**
     * Makes room to decode a clip, before {@link #vae}.
     *
     * @return how it is to be decoded
     * @throws dvdquant.core.InputException if there is not enough memory even without the transformer
     */
    Tiling makeRoom(Shape latents, Cancellation cancellation) {
        if (transformer != null && (!staysBesideVae() || !decodePlan(latents).fits())) {
            turns.awaitClips(() -> transformer == null, cancellation);
            closeTransformer();
        }
        decodePlan(latents).requireFits();
        return planner.tiling(latents, layers());
    }

    Autoencoder vae() {
        if (vae == null) {
            vae = planner.model().autoencoder().open(autoencoder, planner.files().sources(), device.kernels());
        }
        return vae;
    }

    /** While others sample with it, or where it is long on its way to the device: else to load it again takes less than it would fill. */
    private boolean staysBesideVae() {
        return turns.sampling() || !device.device().isCpu();
    }

    /** Beside what is loaded now. */
    MemoryPlan decodePlan(Shape latents) {
        return planner.decodePlan(latents, layers());
    }

    /** After a clip was decoded: the memory is the transformer's, for the next clip. */
    void endDecoding() {
        closeVae();
        giveBack();
    }

    /** What was freed is the next component's, and {@link MemoryPlan} counts it only when the system has it. */
    void giveBack() {
        device.trim();
        if (!device.device().isCpu()) return;
        System.gc(); // what is left of loading and of a stage's arrays: Java's heap shrinks only then
        FreedMemory.giveBack();
    }

    private void closeTransformer() {
        if (transformer != null) transformer.close();
        transformer = null;
        giveBack();
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
