package dvdquant.models.diffusion;

import dvdquant.core.Hint;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.machine.AvailableMemory;
import dvdquant.models.diffusion.HeldTransformers.HeldLayers;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/**
 * The memory that each phase of a generation takes.
 *
 * @param files of the model
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
     * @param held the transformers that sample
     * @param cached texts whose forwards are to be skipped at some steps
     * @param pictured whether pictures are to be encoded
     * @param loaded the transformers that are loaded already
     */
    MemoryPlan plan(ClipSize clip, HeldTransformers held, int cached, boolean pictured,
            Map<String, HeldLayers> loaded) {
        Shape latents = model.geometry().latents(clip);
        var phases = new ArrayList<Phase>();
        var encoding = new ArrayList<>(List.of(base(device), textLayer()));
        if (files.eightBitText()) encoding.add(eightBitLayer());
        encoding.addAll(weights(loaded));
        phases.add(new Phase("encode", encoding));
        if (pictured) phases.add(imagePhase(clip, loaded));
        var sampling = new ArrayList<>(List.of(base(device)));
        sampling.addAll(weights(held));
        sampling.add(activations(latents, held, cached));
        emulation(latents, held).ifPresent(sampling::add);
        phases.add(new Phase("sample", sampling));
        long available = available(loaded);
        phases.add(decoding().phase(latents, besides(Map.of()), available));
        return new MemoryPlan(phases, available);
    }

    private Phase imagePhase(ClipSize clip, Map<String, HeldLayers> loaded) {
        var needs = new ArrayList<>(besides(loaded));
        model.images().ifPresent(
                images -> needs.addAll(images.needs(clip, dtype, device, availableForImages(loaded))));
        return new Phase("images", needs);
    }

    /** @param loaded as that of {@link #decodePlan} */
    MemoryPlan imagePlan(ClipSize clip, Map<String, HeldLayers> loaded) {
        return new MemoryPlan(List.of(imagePhase(clip, loaded)), available(loaded));
    }

    /** Beside the program and transformers that stay loaded. */
    long availableForImages(Map<String, HeldLayers> loaded) {
        return available(loaded) - besides(loaded).stream().mapToLong(Need::bytes).sum();
    }

    Decoding decoding() {
        return new Decoding(model.autoencoder(), device);
    }

    /** What encoding and sampling a clip of the default size need of the host: decoding takes as much in either type. */
    long samplingBytes(GenerationDefaults clip) {
        MemoryPlan plan = plan(new ClipSize(clip.frames(), clip.height(), clip.width()),
                expanded().apart(), 0, false, Map.of());
        return plan.phases().stream().filter(phase -> !phase.name().equals("decode")).mapToLong(Phase::bytes).max()
                .orElseThrow();
    }

    private HeldTransformers expanded() {
        var layers = new LinkedHashMap<String, HeldLayers>();
        files.transformers().keySet().forEach(
                name -> layers.put(name, new HeldLayers(LayerArithmetic.INTEGER, Residence.EXPANDED)));
        return new HeldTransformers(layers, true);
    }

    /** @param loaded the transformers that stay loaded meanwhile */
    MemoryPlan decodePlan(Shape latents, Map<String, HeldLayers> loaded) {
        long available = available(loaded);
        return new MemoryPlan(List.of(decoding().phase(latents, besides(loaded), available)), available);
    }

    /** @param loaded as that of {@link #decodePlan} */
    Tiling tiling(Shape latents, Map<String, HeldLayers> loaded) {
        return decoding().tiling(latents, besides(loaded), available(loaded));
    }

    private List<Need> besides(Map<String, HeldLayers> loaded) {
        var needs = new ArrayList<>(List.of(base(device)));
        needs.addAll(weights(loaded));
        return needs;
    }

    /** What nobody has, and what loaded transformers have, which is among the needs. */
    private long available(Map<String, HeldLayers> loaded) {
        return claim.availableBytes() + bytes(loaded);
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
     * How transformers that are to be loaded hold their quantized layers: as it was asked for; or as they are multiplied fastest, if there is
     * room to sample with them so; else packed. If there is room for all of them, they are there at once; but products that are slower
     * would cost more than loading each once a clip.
     *
     * @param arithmetics of the transformers
     * @param loaded those that are there already, which stay as they are
     */
    HeldTransformers held(SequencedMap<String, LayerArithmetic> arithmetics, Optional<Residence> given,
            Map<String, HeldLayers> loaded, Function<HeldTransformers, MemoryPlan> plan) {
        HeldTransformers held = null;
        for (Residence residence : List.of(Residence.EXPANDED, Residence.PACKED)) {
            var layers = new LinkedHashMap<String, HeldLayers>();
            arithmetics.forEach((name, arithmetic) -> layers.put(name,
                    new HeldLayers(arithmetic, residence(name, arithmetic, given, residence))));
            held = new HeldTransformers(layers, true).with(loaded);
            if (plan.apply(held).fits("sample") && hostPlan(held, loaded).map(MemoryPlan::fits).orElse(true))
                return held;
            held = held.apart();
            if (plan.apply(held).fits("sample")) return held;
        }
        return held;
    }

    private Residence residence(String transformer, LayerArithmetic arithmetic, Optional<Residence> given,
            Residence chosen) {
        Optional<QuantizedFormat> format = format(transformer);
        if (format.isEmpty() || arithmetic == LayerArithmetic.EMULATED) return Residence.EXPANDED;
        if (given.isPresent()) return given.get();
        boolean fastestPacked = arithmetic == LayerArithmetic.INTEGER && restsPacked(format.get());
        return fastestPacked ? Residence.PACKED : chosen;
    }

    private boolean restsPacked(QuantizedFormat format) {
        return format.formats().stream().allMatch(one -> device.weights().fastest(one.weights()) == Residence.PACKED);
    }

    private Optional<QuantizedFormat> format(String transformer) {
        return files.transformers().get(transformer).format();
    }

    MemoryPlanner(DiffusionModel model, ModelFiles files, ElementType dtype, ComputeDevice device) {
        this(model, files, dtype, device, new MemoryClaim(device.memory()));
    }

    /** Of all of them, or of the largest where they are not there at once. */
    private List<Need> weights(HeldTransformers held) {
        if (held.together()) return weights(held.layers());
        return List.of(held.layers().entrySet().stream()
                .map(one -> weights(one.getKey(), "the weights of one transformer at a time").need(one.getValue(),
                        device.ownMemory()))
                .max(Comparator.comparingLong(Need::bytes)).orElseThrow());
    }

    /** Of transformers that are there at once. */
    private List<Need> weights(Map<String, HeldLayers> transformers) {
        return transformers.entrySet().stream()
                .map(one -> weights(one.getKey(), nameOfWeights(one.getKey())).need(one.getValue(), device.ownMemory()))
                .toList();
    }

    private TransformerWeights weights(String transformer, String name) {
        return new TransformerWeights(files.transformers().get(transformer), dtype, name);
    }

    private String nameOfWeights(String transformer) {
        return (files.transformers().size() == 1 ? "the transformer" : transformer) + "'s weights";
    }

    /** Of the weights of transformers that are there at once. */
    long bytes(Map<String, HeldLayers> transformers) {
        return weights(transformers).stream().mapToLong(Need::bytes).sum();
    }

    /**
     * What the host must hold for a device that keeps weights there; empty for others.
     *
     * @param loaded what it holds already
     */
    Optional<MemoryPlan> hostPlan(HeldTransformers held, Map<String, HeldLayers> loaded) {
        return device.ownMemory().filter(memory -> !memory.residentWeights()).map(_ -> {
            var needs = new ArrayList<>(List.of(new Need("the program", BASE_BYTES, "close other programs")));
            held.layers().forEach((transformer, layers) -> {
                if (loaded.containsKey(transformer)) return;
                needs.add(weights(transformer, nameOfWeights(transformer)).ofHost(layers.arithmetic()));
            });
            return new MemoryPlan(List.of(new Phase("load", needs)), AvailableMemory.bytes());
        });
    }

    private Need activations(Shape latents, HeldTransformers held, int cached) {
        return held.layers().keySet().stream()
                .map(transformer -> activations(latents, model.sizes(transformer), cached))
                .max(Comparator.comparingLong(Need::bytes)).orElseThrow();
    }

    private Need activations(Shape latents, TransformerSizes sizes, int cached) {
        long tokens = sizes.tokens(latents);
        int times = device.ownMemory().isPresent() ? 1 : KEPT_BY_MALLOC;
        long channels = (long) cached * sizes.keptToSkip() * sizes.width() + (long) times * sizes.channelsAtOnce();
        return new Need("activations for " + tokens + " tokens",
                tokens * channels * dtype.sizeBytes() + sizes.preparedBytes(latents), SMALLER_CLIP);
    }

    private Optional<Need> emulation(Shape latents, HeldTransformers held) {
        return held.layers().entrySet().stream()
                .filter(one -> one.getValue().arithmetic() == LayerArithmetic.EMULATED
                        && format(one.getKey()).isPresent())
                .map(one -> emulation(latents, model.sizes(one.getKey()))).max(Comparator.comparingLong(Need::bytes));
    }

    /**
     * The widest input of a layer as what its codes stand for: in F32, and in the type of the product; on a device a copy of it too, while
     * scales that tokens share are found.
     */
    private Need emulation(Shape latents, TransformerSizes sizes) {
        boolean copied = device.ownMemory().isPresent();
        return new Need("emulated activations", sizes.tokens(latents) * sizes.widestInput()
                * ((copied ? 8 : 4) + dtype.sizeBytes()), SMALLER_CLIP);
    }
}
