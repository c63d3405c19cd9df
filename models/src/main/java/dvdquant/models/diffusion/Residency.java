package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.machine.FreedMemory;
import dvdquant.models.diffusion.HeldTransformers.HeldLayers;
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
import dvdquant.tensor.natives.MappedBlocks;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The components that stay from clip to clip, each loaded when it is first needed: transformers, of which one goes for another unless there is room
 * for both, and which go before a clip is decoded unless other clips are being sampled with them and there is room for all; and the VAE's
 * decoder, which goes when the clip is there. Everything here is called in a turn.
 */
final class Residency implements AutoCloseable {
    private final MemoryPlanner planner;
    private final Path autoencoder;
    private final ComputeDevice device;
    private final Optional<LayerObserver> observer;
    private final ClipTurns turns;
    /** By component, the last that was loaded last. */
    private final SequencedMap<String, Loaded> transformers = new LinkedHashMap<>();
    private Autoencoder vae;

    private record Loaded(DiffusionTransformer transformer, HeldLayers layers) {}

    /** @param autoencoder its folder */
    Residency(MemoryPlanner planner, Path autoencoder, Optional<LayerObserver> observer, ClipTurns turns) {
        this.planner = planner;
        this.autoencoder = autoencoder;
        this.device = planner.device();
        this.observer = observer;
        this.turns = turns;
    }

    /** Those of the transformers that are loaded. */
    Map<String, HeldLayers> layers() {
        var layers = new LinkedHashMap<String, HeldLayers>();
        transformers.forEach((name, loaded) -> layers.put(name, loaded.layers));
        return layers;
    }

    /** Of the transformers; 0 if none is loaded. */
    long weightBytes() {
        return planner.bytes(layers());
    }

    /**
     * A transformer, whose quantized layers compute so. Waits until clips have ended that need others which cannot stay beside it, or this one
     * otherwise.
     *
     * @param name its component, one of those that are held
     * @param held how it is held if it has to be loaded
     */
    DiffusionTransformer transformer(String name, HeldTransformers held, PipelineListener listener,
            Cancellation cancellation) {
        if (!inTheWay(name, held).isEmpty()) {
            turns.awaitClips(() -> inTheWay(name, held).isEmpty(), cancellation);
            closeTransformers(inTheWay(name, held)); // none if another clip has brought what this one needs
        }
        if (!transformers.containsKey(name)) load(name, held.layers().get(name), listener);
        return transformers.get(name).transformer;
    }

    private List<String> inTheWay(String name, HeldTransformers held) {
        return transformers.entrySet().stream()
                .filter(one -> !held.keeps(one.getKey(), one.getValue().layers, name)).map(Map.Entry::getKey).toList();
    }

    private void load(String name, HeldLayers layers, PipelineListener listener) {
        planner.hostPlan(HeldTransformers.of(name, layers), Map.of()).ifPresent(MemoryPlan::requireFits);
        listener.onProgress(new Progress.Loading(0, 1));
        // Weights that go whole when they go: in malloc's heap they would leave a hole that the VAE's blocks then lie about in.
        try (var _ = MappedBlocks.open(device.device().isCpu())) {
            transformers.put(name, new Loaded(open(name, layers), layers));
        }
        listener.onProgress(new Progress.Loading(1, 1));
    }

    /** Has a transformer's files read, in a thread of its own, while another takes its last step, if there is room for both. */
    void foresee(String name, HeldTransformers held) {
        if (!held.together() || transformers.containsKey(name)) return;
        Thread.ofPlatform().daemon().name("prefetch").start(() -> {
            try {
                planner.files().prefetch(name);
            } catch (InputException _) {
                // loading says it
            }
        });
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
     * @throws dvdquant.core.InputException if there is not enough memory even without a transformer
     */
    Tiling makeRoom(Shape latents, Cancellation cancellation) {
        while (!transformers.isEmpty() && (!staysBesideVae() || !decodePlan(latents).fits())) {
            turns.awaitClips(transformers::isEmpty, cancellation);
            if (!transformers.isEmpty()) closeTransformers(List.of(transformers.lastEntry().getKey()));
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

    /** While others sample with them, or where they are long on their way to the device: else to load them again takes less than they would fill. */
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

    private void closeTransformers(Collection<String> names) {
        if (names.isEmpty()) return;
        names.forEach(name -> transformers.remove(name).transformer.close());
        giveBack();
    }

    private void closeVae() {
        if (vae != null) vae.close();
        vae = null;
    }

    @Override
    public void close() {
        closeTransformers(List.copyOf(transformers.keySet()));
        closeVae();
    }
}
