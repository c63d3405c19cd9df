package dvdquant.models.diffusion;

import dvdquant.core.Hint;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.machine.AvailableMemory;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The memory that each phase of a generation takes.
 *
 * @param files of the model; of several transformers one is there at a time, and the largest is planned for
 * @param dtype to compute in
 * @param device whose memory it is
 * @param claim of the pipeline to it
 */
record MemoryPlanner(DiffusionModel model, ModelFiles files, ElementType dtype, ComputeDevice device,
        MemoryClaim claim) {
    static final String SMALLER_CLIP = "a smaller height and width or fewer frames would help";

    /** The JVM with libtorch and oneDNN loaded, and their scratch memory. */
    private static final long BASE_BYTES = 410L << 20;
    /**
     * How many times what is alive at once the results of a block take on a CPU: malloc keeps what is freed, since that is faster. Measured
     * were 0.9 to 2 times (1,280 tokens) and 2.7 times (3,120): with 2 the plan of sampling is within 15 % of each peak.
     */
    private static final int KEPT_BY_MALLOC = 2;

    /**
     * @param layers of the transformer that samples
     * @param cached texts whose forwards are to be skipped at some steps
     * @param pictured whether pictures are to be encoded
     * @param loaded those of the transformer that is loaded already, if one is
     */
    MemoryPlan plan(ClipSize clip, HeldLayers layers, int cached, boolean pictured, Optional<HeldLayers> loaded) {
        Shape latents = model.geometry().latents(clip);
        var phases = new ArrayList<Phase>();
        var encoding = new ArrayList<>(List.of(base(device), textLayer()));
        if (files.eightBitText()) encoding.add(eightBitLayer());
        loaded.ifPresent(resident -> encoding.add(weights(resident)));
        phases.add(new Phase("encode", encoding));
        if (pictured) phases.add(imagePhase(clip, loaded));
        var sampling = new ArrayList<>(List.of(base(device), weights(layers), activations(latents, cached)));
        if (format().isPresent() && layers.arithmetic() == LayerArithmetic.EMULATED) sampling.add(emulation(latents));
        phases.add(new Phase("sample", sampling));
        long available = available(loaded);
        phases.add(decoding().phase(latents, besides(Optional.empty()), available));
        return new MemoryPlan(phases, available);
    }

    private Phase imagePhase(ClipSize clip, Optional<HeldLayers> loaded) {
        var needs = new ArrayList<>(besides(loaded));
        model.images().ifPresent(
                images -> needs.addAll(images.needs(clip, dtype, device, availableForImages(loaded))));
        return new Phase("encode images", needs);
    }

    /** @param loaded as that of {@link #decodePlan} */
    MemoryPlan imagePlan(ClipSize clip, Optional<HeldLayers> loaded) {
        return new MemoryPlan(List.of(imagePhase(clip, loaded)), available(loaded));
    }

    /** Beside the program and a transformer that stays loaded. */
    long availableForImages(Optional<HeldLayers> loaded) {
        return available(loaded) - besides(loaded).stream().mapToLong(Need::bytes).sum();
    }

    Decoding decoding() {
        return new Decoding(model.autoencoder(), device);
    }

    /** What encoding and sampling a clip of the default size need of the host: decoding takes as much in either type. */
    long samplingBytes(GenerationDefaults clip) {
        MemoryPlan plan = plan(new ClipSize(clip.frames(), clip.height(), clip.width()),
                new HeldLayers(LayerArithmetic.INTEGER, Residence.EXPANDED), 0, false, Optional.empty());
        return plan.phases().stream().filter(phase -> !phase.name().equals("decode")).mapToLong(Phase::bytes).max()
                .orElseThrow();
    }

    /** @param loaded the layers of the transformer that stays loaded meanwhile, if one does */
    MemoryPlan decodePlan(Shape latents, Optional<HeldLayers> loaded) {
        long available = available(loaded);
        return new MemoryPlan(List.of(decoding().phase(latents, besides(loaded), available)), available);
    }

    /** @param loaded as that of {@link #decodePlan} */
    Tiling tiling(Shape latents, Optional<HeldLayers> loaded) {
        return decoding().tiling(latents, besides(loaded), available(loaded));
    }

    private List<Need> besides(Optional<HeldLayers> loaded) {
        var needs = new ArrayList<>(List.of(base(device)));
        loaded.ifPresent(layers -> needs.add(weights(layers)));
        return needs;
    }

    /** What nobody has, and what a loaded transformer has, which is among the needs. */
    private long available(Optional<HeldLayers> loaded) {
        return claim.availableBytes() + loaded.map(layers -> weights(layers).bytes()).orElse(0L);
    }

    static Need base(ComputeDevice device) {
        return device.ownMemory()
                .map(memory -> new Need("CUDA's libraries", memory.baseBytes(), "another GPU may have more",
                        Hint.ANOTHER_GPU))
                .orElse(new Need("the program", BASE_BYTES, "close other programs"));
    }

    /** Where it is used as it lies in its file, the system reads the next one meanwhile; a device has both. */
    private Need textLayer() {
        boolean onDevice = device.ownMemory().isPresent();
        boolean mapped = !onDevice && files.mapsText(dtype);
        int layers = mapped || onDevice ? 2 : 1;
        return new Need("a text encoder layer", layers * model.textLayerBytes(dtype.sizeBytes()),
                "the prompt is encoded layer by layer already", Optional.empty(), mapped);
    }

    /** Beside it: a byte a weight, and the codes of a matrix before they are laid out for products. */
    private Need eightBitLayer() {
        return new Need("the layer in 8 bits", model.textLayerBytes(1) * 5 / 4,
                "without --text-encoder-bits there is none");
    }

    /**
     * How a transformer that is to be loaded holds its quantized layers: as it was asked for; or as they are multiplied fastest, if there is
     * room to sample with them so; else packed.
     */
    HeldLayers held(LayerArithmetic arithmetic, Optional<Residence> given, Function<HeldLayers, MemoryPlan> plan) {
        var expanded = new HeldLayers(arithmetic, Residence.EXPANDED);
        var packed = new HeldLayers(arithmetic, Residence.PACKED);
        if (format().isEmpty() || arithmetic == LayerArithmetic.EMULATED) return expanded;
        if (given.isPresent()) return new HeldLayers(arithmetic, given.get());
        boolean integer = arithmetic == LayerArithmetic.INTEGER;
        if (integer && restsPacked(format().get())) return packed;
        return plan.apply(expanded).fits("sample") ? expanded : packed;
    }

    private boolean restsPacked(QuantizedFormat format) {
        return format.formats().stream().allMatch(one -> device.weights().fastest(one.weights()) == Residence.PACKED);
    }

    private Optional<QuantizedFormat> format() {
        return files.largestTransformer().format();
    }

    MemoryPlanner(DiffusionModel model, ModelFiles files, ElementType dtype, ComputeDevice device) {
        this(model, files, dtype, device, new MemoryClaim(device.memory()));
    }

    /** Of the transformer. */
    Need weights(HeldLayers layers) {
        return new TransformerWeights(files.largestTransformer(), dtype).need(layers, device.ownMemory());
    }

    /** What the host must hold for a device that keeps weights there; empty for others. */
    Optional<MemoryPlan> hostPlan(LayerArithmetic arithmetic) {
        return device.ownMemory().filter(memory -> !memory.residentWeights()).map(_ -> {
            Need weights = new TransformerWeights(files.largestTransformer(), dtype).ofHost(arithmetic);
            var needs = List.of(new Need("the program", BASE_BYTES, "close other programs"), weights);
            return new MemoryPlan(List.of(new Phase("load", needs)), AvailableMemory.bytes());
        });
    }

    private TransformerSizes sizes() {
        return model.sizes(files.largestTransformer().folder().getFileName().toString());
    }

    private Need activations(Shape latents, int cached) {
        TransformerSizes sizes = sizes();
        long tokens = sizes.tokens(latents);
        int times = device.ownMemory().isPresent() ? 1 : KEPT_BY_MALLOC;
        long channels = (long) cached * sizes.keptToSkip() * sizes.width() + (long) times * sizes.channelsAtOnce();
        return new Need("activations for " + tokens + " tokens",
                tokens * channels * dtype.sizeBytes() + sizes.preparedBytes(latents), SMALLER_CLIP);
    }

    /**
     * The widest input of a layer as what its codes stand for: in F32, and in the type of the product; on a device a copy of it too, while
     * scales that tokens share are found.
     */
    private Need emulation(Shape latents) {
        boolean copied = device.ownMemory().isPresent();
        return new Need("emulated activations", sizes().tokens(latents) * sizes().widestInput()
                * ((copied ? 8 : 4) + dtype.sizeBytes()), SMALLER_CLIP);
    }
}
