package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.machine.AvailableMemory;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.Activations;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ComputeType;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.TextStates;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.text.PromptTokenizer;
import dvdquant.models.text.Umt5Encoder;
import dvdquant.models.vae.Tiling;
import dvdquant.models.wan.WanTeaCache;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.wan.vae.VaeTensors;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.MappedBlocks;
import dvdquant.tensor.NativeThreads;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Wan2.1 text-to-video. Components are loaded when they are first needed: the text encoder for one pass over its layers, the
 * transformer from the first step on, the VAE's decoder from the first clip on. The transformer goes before a clip is
 * decoded, unless others are being sampled and there is room for both.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan.py">diffusers,
 *      WanPipeline</a>
 */
public final class DiffusionPipeline implements VideoPipeline {
    static final GenerationDefaults FAMILY = new GenerationDefaults(81, 480, 832, 50, 5.0, 16);

    /** How the transformer is to hold its layers for clips of a size. */
    private record Planned(ClipSize size, HeldLayers layers) {}

    private final Path folder;
    private final GenerationDefaults defaults;
    private final MemoryPlanner sizes;
    private final Scheduler scheduler;
    private final ComputeType computeType;
    private final ElementType dtype;
    private final Optional<Residence> residence;
    /** What the last plan chose: what others take of the memory meanwhile must not make it untrue. */
    private Optional<Planned> planned = Optional.empty();
    private final Kernels kernels;
    private final int threads = NativeThreads.count();
    /** What follows, and the device, is used in a turn. */
    private final Turns turns;
    private final Residency loaded;
    /** What was warned of: once a run is enough. */
    private final Set<String> warned = new HashSet<>();

    private DiffusionPipeline(Path folder, GenerationDefaults defaults, MemoryPlanner sizes, ComputeType computeType,
            Kernels kernels, LoadOptions options) {
        this.residence = options.residence();
        this.folder = folder;
        this.defaults = defaults;
        this.sizes = sizes;
        this.scheduler = Scheduler.read(folder.resolve("scheduler"));
        this.computeType = computeType;
        this.dtype = computeType.type();
        this.kernels = kernels;
        this.turns = new Turns(kernels);
        this.loaded = new Residency(folder, sizes, dtype, kernels, options.observer(), turns);
    }

    /**
     * Reads the configurations and the files' headers, so that what is wrong with them comes out before anything long is begun;
     * weights are loaded when they are needed, but those of the VAE, which is needed last, are looked through here.
     *
     * @param kernels of the device to run on; closed with the pipeline
     * @throws InputException if a component cannot be used
     */
    public static DiffusionPipeline open(Path folder, JsonFile modelIndex, LoadOptions options, Kernels kernels) {
        MemoryPlanner sizes = MemoryPlanner.read(folder);
        WeightLoader.open(folder.resolve("transformer"), sizes.transformer().layout()).close();
        WeightLoader.open(folder.resolve("text_encoder"), sizes.text().layout()).close();
        try (var vae = WeightLoader.open(folder.resolve("vae"), VaeTensors.layout(sizes.vae()))) {
            vae.verify();
        }
        GenerationDefaults defaults = GenerationDefaults.read(modelIndex, FAMILY);
        ComputeType computeType = ComputeType.choose(options.dtype(), sizes.transformer().layout().elements(),
                kernels.abilities(), () -> sizes.samplingBytes(defaults, ElementType.F32, kernels),
                AvailableMemory.totalBytes());
        return new DiffusionPipeline(folder, defaults, sizes, computeType, kernels, options);
    }

    @Override
    public GenerationDefaults defaults() {
        return defaults;
    }

    @Override
    public ComputeType computeType() {
        return computeType;
    }

    @Override
    public Optional<QuantizedFormat> quantization() {
        return sizes.format();
    }

    @Override
    public int threads() {
        return threads;
    }

    @Override
    public String device() {
        return kernels.describe();
    }

    @Override
    public Abilities abilities() {
        return kernels.abilities();
    }

    @Override
    public void check(GenerationRequest request) {
        Shape expected = sizes.latents(request.size());
        request.initialLatents().ifPresent(given -> {
            if (!given.shape().equals(expected)) {
                throw new InputException("the initial latents are " + given.shape() + ", expected " + expected + " for "
                        + request.size());
            }
        });
        cache(request);
        Acceleration acceleration = request.acceleration();
        if (quantization().isEmpty()) return;
        if (residence.isPresent() && arithmetic(acceleration) == LayerArithmetic.EMULATED) {
            throw new InputException("--resident: the quantized layers are emulated, with weights in " + dtype
                    + ", expected layers that run as integers, or no --resident");
        }
        acceleration.activations().check(request.steps());
        acceleration.scales().ifPresent(sizes::requireFits);
    }

    @Override
    public Optional<TeaCache> cache(GenerationRequest request) {
        return request.acceleration().cache().map(cache -> WanTeaCache.of(cache, sizes.transformer()).asOption());
    }

    @Override
    public double flowShift(GenerationRequest request) {
        return request.flowShift().orElse(scheduler.shift());
    }

    @Override
    public MemoryPlan plan(GenerationRequest request) {
        return turns.begin(() -> {
            HeldLayers layers = layers(request);
            planned = Optional.of(new Planned(request.size(), layers));
            return plan(request, layers);
        });
    }

    private MemoryPlan plan(GenerationRequest request, HeldLayers layers) {
        boolean caching = request.acceleration().cache().isPresent();
        int kept = !caching ? 0 : request.guided() ? 2 : 1;
        return sizes.plan(request.size(), dtype, layers, kept, loaded.layers(), kernels);
    }

    /** Of the transformer that is loaded, if it can sample the request; else of the one that will be: as the last plan says, if it was for such. */
    private HeldLayers layers(GenerationRequest request) {
        LayerArithmetic arithmetic = arithmetic(request.acceleration());
        Optional<HeldLayers> ofPlan = planned.filter(plan -> plan.size.equals(request.size())).map(Planned::layers);
        return loaded.layers().or(() -> ofPlan).filter(layers -> layers.arithmetic() == arithmetic)
                .orElseGet(() -> sizes.held(arithmetic, residence, kernels, layers -> plan(request, layers)));
    }

    @Override
    public ClipSize clipSize(Shape latents) {
        return sizes.decoding(kernels).clip(latents);
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    @Override
    public List<TextStates> encode(List<String> prompts, PipelineListener listener, Cancellation cancellation) {
        var ids = new ArrayList<long[]>();
        try (var tokenizer = PromptTokenizer.open(folder.resolve("tokenizer"))) {
            for (String prompt : prompts) {
                ids.add(tokenizer.encode(prompt, lost -> listener.onWarning("the prompt is longer than "
                        + PromptTokenizer.MAX_TOKENS + " tokens; its end was cut off: \"" + shortened(lost) + "\"")));
            }
        }
        return turns.begin(() -> encodeInTurn(ids, listener, cancellation));
    }

    private List<TextStates> encodeInTurn(List<long[]> ids, PipelineListener listener, Cancellation cancellation) {
        try (var _ = kernels.device().isCpu() ? MappedBlocks.open() : null; // layers that are converted are as large as malloc's holes
                var encoder = Umt5Encoder.open(folder.resolve("text_encoder"), dtype, kernels);
                var _ = TensorScope.open()) {
            listener.onProgress(new Progress.Encoding(0, encoder.layers()));
            List<Tensor> states = encoder.encode(ids, (layer, layers) -> {
                cancellation.check();
                listener.onProgress(new Progress.Encoding(layer, layers));
            });
            return states.stream().map(s -> new TextStates((int) s.dim(0), (int) s.dim(1), s.toFloats())).toList();
        } finally {
            loaded.giveBack();
        }
    }

    @Override
    public Latents sample(GenerationRequest request, List<TextStates> texts, PipelineListener listener,
            Cancellation cancellation) {
        check(request);
        Latents noise = request.initialLatents().orElseGet(() -> noise(request));
        Denoising sampling = turns.begin(() -> beginInTurn(request, listener, cancellation));
        try {
            return sampling.run(noise, texts, listener, cancellation);
        } finally {
            turns.endClip();
        }
    }

    private Denoising beginInTurn(GenerationRequest request, PipelineListener listener,
            Cancellation cancellation) {
        turns.letWaitingGoFirst(cancellation);
        WanTransformer transformer = loaded.transformer(layers(request), listener, cancellation);
        var sampling = new Denoising(transformer, scheduler, request, rule(request.acceleration()), turns);
        for (String warning : request.acceleration().warnings(sampling.computed())) {
            if (warned.add(warning)) listener.onWarning(warning);
        }
        turns.beginClip();
        return sampling;
    }

    /** How the activations of quantized layers are quantized; empty in full precision. */
    private Optional<ActivationRule> rule(Acceleration acceleration) {
        return sizes.format().map(QuantizedFormat::activations)
                .map(own -> acceleration.scales().map(own::withScales).orElse(own));
    }

    private LayerArithmetic arithmetic(Acceleration acceleration) {
        boolean full = acceleration.activations() instanceof Activations.Full;
        return rule(acceleration)
                .map(rule -> LayerArithmetic.of(sizes.format().orElseThrow().weights(), rule.scales(), full))
                .orElse(LayerArithmetic.INTEGER);
    }

    private Latents noise(GenerationRequest request) {
        Shape shape = sizes.latents(request.size());
        try (var _ = TensorScope.open()) {
            return new Latents(shape, Tensor.randn(request.seed(), shape.dims()).toFloats());
        }
    }

    @Override
    public Video decode(Latents latents, PipelineListener listener, Cancellation cancellation) {
        return turns.begin(() -> decodeInTurn(latents, listener, cancellation));
    }

    private Video decodeInTurn(Latents latents, PipelineListener listener, Cancellation cancellation) {
        Tiling tiling = loaded.makeRoom(latents.shape(), cancellation);
        try {
            return Decoding.decode(loaded.vae(), latents, tiling, listener, cancellation);
        } finally {
            loaded.endDecoding();
        }
    }

    @Override
    public MemoryPlan decodePlan(Shape latents) {
        return turns.begin(() -> loaded.decodePlan(latents));
    }

    @Override
    public void close() {
        turns.close(() -> {
            loaded.close();
            kernels.close();
        });
    }
}
