package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.machine.AvailableMemory;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vae.Tiling;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.DeviceMemory;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Residence;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How large things are: which clips the model can make, their latents, and the memory that each phase takes.
 *
 * @param transformer its configuration, as {@code text} and {@code vae} theirs
 * @param format how the transformer is quantized, if it is
 */
record MemoryPlanner(WanConfig transformer, Optional<QuantizedFormat> format, Umt5Config text, VaeConfig vae,
        Stored stored) {
    /** The types that most weights have in the files: those of the type to compute in are used where they are mapped. */
    record Stored(ElementType transformer, ElementType text) {
        private static final String OF_TRANSFORMER = "blocks.0.attn1.to_q.weight";
        private static final String OF_QUANTIZED = "patch_embedding.weight";
        private static final String OF_TEXT = "encoder.block.0.layer.0.SelfAttention.q.weight";

        /** @throws InputException if the headers of the files cannot be read */
        static Stored read(Path folder, WanConfig transformer, boolean quantized, Umt5Config text) {
            try (var first = WeightLoader.open(folder.resolve("transformer"), transformer.layout());
                    var second = WeightLoader.open(folder.resolve("text_encoder"), text.layout())) {
                return new Stored(first.stored(quantized ? OF_QUANTIZED : OF_TRANSFORMER).type(),
                        second.stored(OF_TEXT).type());
            }
        }
    }

    /** The JVM with libtorch and oneDNN loaded, and their scratch memory. */
    private static final long BASE_BYTES = 410L << 20;
    private static final String SMALLER_CLIP = Decoding.SMALLER_CLIP;

    static MemoryPlanner read(Path folder) {
        WanConfig transformer = WanConfig.read(folder.resolve("transformer"));
        Umt5Config text = Umt5Config.read(folder.resolve("text_encoder"));
        Optional<QuantizedFormat> format = QuantizedFormat.of(folder.resolve("transformer"));
        return new MemoryPlanner(transformer, format, text,
                VaeConfig.read(folder.resolve("vae/config.json")),
                Stored.read(folder, transformer, format.isPresent(), text));
    }

    /** @throws InputException if the VAE or the transformer's patches cannot take the size */
    Shape latents(ClipSize clip) {
        int temporal = VaeConfig.FRAMES_PER_LATENT;
        int spatial = VaeConfig.PIXELS_PER_LATENT;
        if (clip.frames() < 1 || (clip.frames() - 1) % temporal != 0) {
            throw new InputException(
                    "frames: " + clip.frames() + ", expected a multiple of " + temporal + " plus 1, such as "
                            + (Math.max(0, clip.frames() - 1) / temporal * temporal + 1) + " or "
                            + (Math.max(0, clip.frames() - 1) / temporal * temporal + 1 + temporal));
        }
        requireMultiple("height", clip.height(), spatial * transformer.patch().get(1));
        requireMultiple("width", clip.width(), spatial * transformer.patch().get(2));
        return Shape.of(1, transformer.inChannels(), 1 + (clip.frames() - 1) / temporal, clip.height() / spatial,
                clip.width() / spatial);
    }

    private static void requireMultiple(String name, int value, int of) {
        if (value < of || value % of != 0) {
            int below = Math.max(of, value / of * of);
            throw new InputException(
                    name + ": " + value + ", expected a multiple of " + of + ", such as " + below + " or "
                            + (below + of));
        }
    }

    /**
     * @param kept tensors as large as the residual stream that are kept from step to step
     * @param layers of the transformer that samples
     * @param loaded those of the transformer that is loaded already, if one is
     * @param kernels of the device whose memory it is
     */
    MemoryPlan plan(ClipSize clip, ElementType dtype, HeldLayers layers, int kept, Optional<HeldLayers> loaded,
            Kernels kernels) {
        Optional<DeviceMemory> device = kernels.memory();
        var phases = new ArrayList<Phase>();
        var encoding = new ArrayList<>(List.of(base(device), textLayer(dtype, device)));
        loaded.ifPresent(resident -> encoding.add(weights(dtype, resident, device)));
        phases.add(new Phase("encode", encoding));
        var sampling = new ArrayList<>(
                List.of(base(device), weights(dtype, layers, device), activations(clip, dtype, kept)));
        if (format.isPresent() && layers.arithmetic() == LayerArithmetic.EMULATED)
            sampling.add(emulation(clip, dtype, device.isPresent()));
        phases.add(new Phase("sample", sampling));
        long available = available(dtype, loaded, device);
        phases.add(decoding(kernels).phase(latents(clip), besidesVae(dtype, Optional.empty(), device), available));
        return new MemoryPlan(phases, available);
    }

    Decoding decoding(Kernels kernels) {
        return new Decoding(vae, kernels);
    }

    /** What encoding and sampling a clip of the default size need of the host: decoding takes as much in either type. */
    long samplingBytes(GenerationDefaults clip, ElementType dtype, Kernels kernels) {
        MemoryPlan plan = plan(new ClipSize(clip.frames(), clip.height(), clip.width()), dtype,
                new HeldLayers(LayerArithmetic.INTEGER, Residence.EXPANDED), 0, Optional.empty(), kernels);
        return plan.phases().stream().filter(phase -> !phase.name().equals("decode")).mapToLong(Phase::bytes).max()
                .orElseThrow();
    }

    /** @param loaded the layers of the transformer that stays loaded meanwhile, if one does */
    MemoryPlan decodePlan(Shape latents, ElementType dtype, Optional<HeldLayers> loaded, Kernels kernels) {
        long available = available(dtype, loaded, kernels.memory());
        return new MemoryPlan(
                List.of(decoding(kernels).phase(latents, besidesVae(dtype, loaded, kernels.memory()), available)),
                available);
    }

    /** @param loaded as that of {@link #decodePlan} */
    Tiling tiling(Shape latents, ElementType dtype, Optional<HeldLayers> loaded, Kernels kernels) {
        return decoding(kernels).tiling(latents, besidesVae(dtype, loaded, kernels.memory()),
                available(dtype, loaded, kernels.memory()));
    }

    private List<Need> besidesVae(ElementType dtype, Optional<HeldLayers> loaded, Optional<DeviceMemory> device) {
        var needs = new ArrayList<>(List.of(base(device)));
        loaded.ifPresent(layers -> needs.add(weights(dtype, layers, device)));
        return needs;
    }

    static long availableBytes(Optional<DeviceMemory> device) {
        return device.map(DeviceMemory::availableBytes).orElseGet(AvailableMemory::bytes);
    }

    /** What nobody has, and what a loaded transformer has, which is among the needs. */
    private long available(ElementType dtype, Optional<HeldLayers> loaded, Optional<DeviceMemory> device) {
        return availableBytes(device) + loaded.map(layers -> weights(dtype, layers, device).bytes()).orElse(0L);
    }

    /** @throws InputException if blocks of the scales do not divide a quantized layer's channels */
    void requireFits(ActivationScales scales) {
        for (String layer : format.orElseThrow().layers()) {
            try {
                scales.blocksOf(Math.toIntExact(transformer.layout().shapes().get(layer + ".weight").dim(1)));
            } catch (IllegalArgumentException e) {
                throw new InputException("activation scales '" + scales.text() + "': layer '" + layer + "': "
                        + e.getMessage(), e);
            }
        }
    }

    static Need base(Optional<DeviceMemory> device) {
        return device.map(memory -> new Need("CUDA's libraries", memory.baseBytes(), "another GPU (--device cuda:N)"))
                .orElse(new Need("the program", BASE_BYTES, "close other programs"));
    }

    /** Where it is used as it lies in its file, the system reads the next one meanwhile; a device has both. */
    private Need textLayer(ElementType dtype, Optional<DeviceMemory> device) {
        boolean mapped = device.isEmpty() && stored.text == dtype;
        int layers = mapped || device.isPresent() ? 2 : 1;
        return new Need("a text encoder layer", layers * text.layerBytes(dtype.sizeBytes()),
                "the prompt is encoded layer by layer already", mapped);
    }

    /**
     * How a transformer that is to be loaded holds its quantized layers: as it was asked for; or as they are multiplied fastest, if there is
     * room to sample with them so; else packed.
     */
    HeldLayers held(LayerArithmetic arithmetic, Optional<Residence> given, Kernels kernels,
            Function<HeldLayers, MemoryPlan> plan) {
        var expanded = new HeldLayers(arithmetic, Residence.EXPANDED);
        var packed = new HeldLayers(arithmetic, Residence.PACKED);
        if (format.isEmpty() || arithmetic == LayerArithmetic.EMULATED) return expanded;
        if (given.isPresent()) return new HeldLayers(arithmetic, given.get());
        boolean integer = arithmetic == LayerArithmetic.INTEGER;
        if (integer && kernels.fastest(format.get().weights()) == Residence.PACKED) return packed;
        return plan.apply(expanded).fits("sample") ? expanded : packed;
    }

    private Need weights(ElementType dtype, HeldLayers layers, Optional<DeviceMemory> device) {
        if (device.isPresent()) return weightsOnDevice(dtype, packed(layers.arithmetic()), device.get());
        long full = transformer.layout().elements() * dtype.sizeBytes();
        if (format.isEmpty() || layers.arithmetic() == LayerArithmetic.EMULATED) {
            String fewer = format.isEmpty() ? "a quantized model" : "layers that run as integers, not emulated,";
            return new Need("the transformer's weights as " + dtype, full,
                    dtype == ElementType.F32 ? "bf16 (--dtype bf16) would halve it" : fewer + " would take half",
                    format.isEmpty() && stored.transformer == dtype);
        }
        if (layers.isPacked()) {
            return new Need("the transformer's weights, packed",
                    WeightBytes.of(transformer.layout(), dtype, format).packed(),
                    "a machine with more memory");
        }
        if (layers.arithmetic() == LayerArithmetic.WEIGHTS_ONLY) {
            return new Need("the transformer's weights as " + dtype, full,
                    "packed ones (--resident 4) would take less");
        }
        long quantized = format.get().elements(transformer.layout());
        return new Need("the transformer's weights as 8-bit integers", full - quantized * (dtype.sizeBytes() - 1),
                "packed ones (--resident 4) would take half");
    }

    private Need weightsOnDevice(ElementType dtype, Optional<QuantizedFormat> packed, DeviceMemory device) {
        var bytes = WeightBytes.of(transformer.layout(), dtype, packed);
        return device.residentWeights()
                ? new Need("the transformer's weights" + (packed.isPresent() ? ", packed" : " as " + dtype),
                        bytes.resident(), "offloading (--offload) would keep them in the host's memory")
                : new Need("a few layers of the transformer at a time", bytes.offloaded(), SMALLER_CLIP);
    }

    /** How layers rest on a device, if not as what their codes stand for. */
    private Optional<QuantizedFormat> packed(LayerArithmetic arithmetic) {
        return format.filter(_ -> arithmetic == LayerArithmetic.INTEGER);
    }

    /** What the host must hold for a device that keeps weights there; empty for others. */
    Optional<MemoryPlan> hostPlan(ElementType dtype, LayerArithmetic arithmetic, Optional<DeviceMemory> device) {
        return device.filter(memory -> !memory.residentWeights()).map(_ -> {
            long layers = WeightBytes.of(transformer.layout(), dtype, packed(arithmetic)).layers();
            var needs = List.of(base(Optional.empty()), new Need("the transformer's weights in the host's memory",
                    layers, "without offloading (--offload) they would be on the GPU"));
            return new MemoryPlan(List.of(new Phase("load", needs)), AvailableMemory.bytes());
        });
    }

    /**
     * What is there at a block's widest: what went into the first block, what went into this one, and in self-attention codes,
     * queries, keys and values, two of them normed, and what is attended; in the feed-forward the residual stream, codes, the
     * inner values and theirs, and the result.
     */
    private Need activations(ClipSize clip, ElementType dtype, int kept) {
        Shape latents = latents(clip);
        long tokens = transformer.tokens(latents.dim(2), latents.dim(3), latents.dim(4));
        long width = transformer.width();
        long channels = kept * width + Math.max(9 * width, 5 * width + 3L * transformer.feedForward() / 2);
        long rotary = tokens * transformer.headSize() * 2 * 4;
        return new Need("activations for " + tokens + " tokens", tokens * channels * dtype.sizeBytes() + rotary,
                SMALLER_CLIP);
    }

    /**
     * The widest input of a layer as what its codes stand for: in F32, and in the type of the product; on a device a copy of it too, while
     * scales that tokens share are found.
     */
    private Need emulation(ClipSize clip, ElementType dtype, boolean copied) {
        Shape latents = latents(clip);
        long tokens = transformer.tokens(latents.dim(2), latents.dim(3), latents.dim(4));
        long widest = Math.max(transformer.width(), transformer.feedForward());
        return new Need("emulated activations", tokens * widest * ((copied ? 8 : 4) + dtype.sizeBytes()), SMALLER_CLIP);
    }
}
