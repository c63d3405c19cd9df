package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.machine.AvailableMemory;
import dvdquant.core.video.Video;
import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.diffusion.images.ImageConditioning.Pictured;
import dvdquant.models.diffusion.prompts.PromptStore;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.ComputeType;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.Sampling;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.schedule.FlowShift;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.natives.MappedBlocks;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Text to video, with a model of any family. Components are loaded when they are first needed: the text encoders for one pass over
 * their layers, a transformer from its first step on, the VAE's decoder from the first clip on. Transformers go before a clip is
 * decoded, unless others are being sampled and there is room for all.
 */
public final class DiffusionPipeline implements VideoPipeline {
    /** How transformers are to hold their layers for clips of a size. */
    private record Planned(ClipSize size, HeldTransformers held) {}

    private final GenerationDefaults defaults;
    private final DiffusionModel model;
    private final MemoryPlanner planner;
    private final ComputeType computeType;
    private final Optional<Residence> residence;
    /** What the last plan chose: what others take of the memory meanwhile must not make it untrue. */
    private Optional<Planned> planned = Optional.empty();
    private final ComputeDevice device;
    private final boolean ownsDevice;
    /** What follows, and the device, is used in a turn. */
    private final ClipTurns turns;
    private final Residency loaded;
    /** Whether a clip is being sampled for which there is room for one transformer only. */
    private boolean apart;
    private final TextStage texts;
    /** What was warned of: once a run is enough. */
    private final Set<String> warned = new HashSet<>();

    private DiffusionPipeline(GenerationDefaults defaults, MemoryPlanner planner, ComputeType computeType,
            Path autoencoder, TextStage texts, LoadOptions options) {
        this.texts = texts;
        this.residence = options.residence();
        this.defaults = defaults;
        this.model = planner.model();
        this.planner = planner;
        this.computeType = computeType;
        this.device = planner.device();
        this.ownsDevice = options.device().isEmpty();
        this.turns = new ClipTurns(device.turns());
        this.loaded = new Residency(planner, autoencoder, options.observer(), turns);
    }

    /**
     * Reads the configurations and the files' headers, so that what is wrong with them comes out before anything long is begun;
     * weights are loaded when they are needed, but those of the VAE, which is needed last, are looked through here.
     *
     * @param device to run on; closed with the pipeline if the options do not name it
     * @throws InputException if a component cannot be used
     */
    public static DiffusionPipeline open(Path folder, JsonFile modelIndex, ModelFamily family, LoadOptions options,
            ComputeDevice device) {
        DiffusionModel model = family.read(folder);
        ModelFiles files = ModelFiles.read(folder, family, options.sources());
        GenerationDefaults defaults = GenerationDefaults.read(modelIndex, family.defaults(folder));
        ComputeType computeType = ComputeType.choose(options.dtype(), files.mostWeights(),
                device.abilities(),
                () -> new MemoryPlanner(model, files, ElementType.F32, device).samplingBytes(defaults),
                AvailableMemory.totalBytes());
        var planner = new MemoryPlanner(model, files.withEightBitText(options.text().eightBit()), computeType.type(),
                device);
        var precision = new EncoderPrecision(computeType.type(), options.text().eightBit());
        var texts = new TextStage(model, precision, options.text().cache()
                .map(cache -> PromptStore.open(cache,
                        () -> Fingerprint.ofFiles("model", folder, InputFiles.ofTexts(folder, family)), precision,
                        device)));
        return new DiffusionPipeline(defaults, planner, computeType, folder.resolve(family.autoencoder()), texts,
                options);
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
    public List<String> transformers() {
        return List.copyOf(planner.files().transformers().keySet());
    }

    @Override
    public Optional<QuantizedFormat> quantization(String transformer) {
        return planner.files().transformers().get(transformer).format();
    }

    @Override
    public String textPrecision() {
        return texts.precision().eightBit() ? "W8A8" : dtype().name();
    }

    @Override
    public int threads() {
        return device.threads();
    }

    @Override
    public ComputeDevice device() {
        return device;
    }

    @Override
    public Abilities abilities() {
        return device.abilities();
    }

    @Override
    public ImageInput images() {
        return model.images().map(ImageConditioning::input).orElse(ImageInput.NONE);
    }

    @Override
    public int sideMultiple() {
        return model.geometry().sideMultiple();
    }

    @Override
    public void check(GenerationRequest request) {
        images().check(request.prompt().images());
        Shape expected = model.geometry().latents(request.size());
        request.sampling().initialLatents().ifPresent(given -> {
            if (!given.shape().equals(expected)) {
                throw new InputException("the initial latents are " + given.shape() + ", expected " + expected + " for "
                        + request.size());
            }
        });
        cache(request);
        DenoisingStage.of(model, request); // tells of noise levels that are none
        if (transformers().size() == 1) requireOfOne(request.sampling());
        Acceleration acceleration = request.acceleration();
        if (quantization().isEmpty()) return;
        if (residence.isPresent() && arithmetics(request).containsValue(LayerArithmetic.EMULATED)) {
            throw new InputException("--resident: the quantized layers are emulated, with weights in " + dtype()
                    + ", expected layers that run as integers, or no --resident");
        }
        acceleration.activations().check(request.sampling().steps());
        acceleration.scales().ifPresent(
                scales -> planner.files().transformers().values().forEach(files -> files.requireFits(scales)));
    }

    private static void requireOfOne(Sampling sampling) {
        sampling.boundary().ifPresent(boundary -> {
            throw new InputException("boundary: " + boundary + ", expected none: this model has one transformer");
        });
        sampling.guidance().second().ifPresent(second -> {
            throw new InputException(
                    "second guidance: " + second + ", expected none: this model has one transformer");
        });
    }

    @Override
    public Optional<TeaCache> cache(GenerationRequest request) {
        return request.acceleration().cache().map(cache -> model.teaCache(cache).asOption());
    }

    @Override
    public FlowShift flowShift(GenerationRequest request) {
        return FlowShift.choose(request.sampling().flowShift(), model.scheduler(), defaults.flowShift());
    }

    @Override
    public OptionalDouble boundary(GenerationRequest request) {
        return request.sampling().boundary().isPresent() ? request.sampling().boundary() : model.boundary();
    }

    @Override
    public MemoryPlan plan(GenerationRequest request) {
        return turns.begin(() -> {
            HeldTransformers held = held(request);
            planned = Optional.of(new Planned(request.size(), held));
            return plan(request, held);
        });
    }

    private MemoryPlan plan(GenerationRequest request, HeldTransformers held) {
        boolean caching = request.acceleration().cache().isPresent();
        int cached = !caching ? 0 : request.guided() ? 2 : 1;
        return planner.plan(request.size(), held, cached, !request.prompt().images().isEmpty(), loaded.layers());
    }

    /** Transformers as they are loaded, if they can sample the request; else as they will be: as the last plan says, if it was for such. */
    private HeldTransformers held(GenerationRequest request) {
        SequencedMap<String, LayerArithmetic> arithmetics = arithmetics(request);
        HeldTransformers held = planned.filter(plan -> plan.size.equals(request.size())).map(Planned::held)
                .filter(ofPlan -> ofPlan.compute(arithmetics)).map(ofPlan -> ofPlan.with(loaded.layers()))
                .orElseGet(() -> planner.held(arithmetics, residence, loaded.layers(), found -> plan(request, found)));
        return apart && turns.sampling() ? held.apart() : held;
    }

    /** Of the transformers that the request's steps need. */
    private SequencedMap<String, LayerArithmetic> arithmetics(GenerationRequest request) {
        var arithmetics = new LinkedHashMap<String, LayerArithmetic>();
        for (DenoisingStage stage : DenoisingStage.of(model, request)) {
            arithmetics.put(stage.transformer(), quantization(stage.transformer())
                    .map(format -> format.arithmetic(request.acceleration().choice()))
                    .orElse(LayerArithmetic.INTEGER));
        }
        return arithmetics;
    }

    @Override
    public ClipSize clipSize(Shape latents) {
        return model.geometry().clip(latents);
    }

    @Override
    public List<Conditioning> encode(List<String> texts, PipelineListener listener, Cancellation cancellation) {
        return this.texts.encode(texts,
                tokenized -> turns.begin(() -> encodeInTurn(tokenized, listener, cancellation)), listener::onWarning);
    }

    private List<Conditioning> encodeInTurn(TokenizedTexts texts, PipelineListener listener,
            Cancellation cancellation) {
        try (var _ = MappedBlocks.open(device.device().isCpu())) { // layers that are converted are as large as malloc's holes
            return texts.encode(planner.files().sources(), this.texts.precision(), device, (done, layers) -> {
                if (done > 0) cancellation.check();
                listener.onProgress(new Progress.Encoding(done, layers));
            });
        } finally {
            loaded.giveBack();
        }
    }

    @Override
    public List<Conditioning> encodeImages(List<GenerationRequest> requests, PipelineListener listener,
            Cancellation cancellation) {
        requests.forEach(request -> images().check(request.prompt().images()));
        ImageConditioning images = model.images().orElseThrow();
        List<Pictured> clips = requests.stream()
                .map(request -> new Pictured(request.prompt().images(), request.size())).toList();
        return turns.begin(() -> {
            clips.forEach(clip -> planner.imagePlan(clip.size(), loaded.layers()).requireFits());
            try {
                return images.encode(clips, planner.files().sources(), dtype(), device,
                        planner.availableForImages(loaded.layers()), imageListener(listener, cancellation));
            } finally {
                loaded.giveBack();
            }
        });
    }

    private static ImageConditioning.Listener imageListener(PipelineListener listener, Cancellation cancellation) {
        return new ImageConditioning.Listener() {
            @Override
            public void partsDone(int done, int total) {
                if (done > 0) cancellation.check();
                listener.onProgress(new Progress.EncodingImages(done, total));
            }

            @Override
            public void onWarning(String warning) {
                listener.onWarning(warning);
            }
        };
    }

    @Override
    public Latents sample(GenerationRequest request, EncodedPrompt prompt, PipelineListener listener,
            Cancellation cancellation) {
        check(request);
        Latents noise = request.sampling().initialLatents().orElseGet(() -> noise(request));
        Denoising denoising = turns.begin(() -> {
            try {
                return beginInTurn(request, listener, cancellation);
            } catch (RuntimeException | Error e) {
                if (!turns.sampling()) planner.claim().release();
                throw e;
            }
        });
        try {
            return denoising.run(noise, prompt, transformers(request, listener, cancellation), listener, cancellation);
        } catch (Denoising.NotFiniteException e) {
            throw new IllegalStateException(e.getMessage() + (dtype() == ElementType.F32
                    ? "; a flow shift or guidance nearer to the model's own may help"
                    : "; in f32 they may be"), e);
        } finally {
            turns.endClip(() -> {
                planner.claim().release();
                apart = false;
            });
        }
    }

    private Denoising.Transformers transformers(GenerationRequest request, PipelineListener listener,
            Cancellation cancellation) {
        return new Denoising.Transformers() {
            @Override
            public DiffusionTransformer load(String component) {
                return turns.take(() -> turns.withoutOwnClip(() -> {
                    DiffusionTransformer transformer = transformer(component, request, listener, cancellation);
                    reserve(request); // again, with what is loaded now; and if clips had to end, what was reserved went with them
                    return transformer;
                }));
            }

            @Override
            public void foresee(String component) {
                turns.take(() -> {
                    loaded.foresee(component, held(request));
                    return null;
                });
            }
        };
    }

    private Denoising beginInTurn(GenerationRequest request, PipelineListener listener,
            Cancellation cancellation) {
        turns.letWaitingGoFirst(cancellation);
        reserve(request);
        DiffusionTransformer first = transformer(DenoisingStage.of(model, request).getFirst().transformer(), request,
                listener, cancellation);
        var denoising = new Denoising(model, first, request,
                component -> quantization(component).filter(QuantizedFormat::quantizesActivations).isPresent(), turns,
                device.kernels());
        for (String warning : denoising.warnings()) {
            if (warned.add(warning)) listener.onWarning(warning);
        }
        reserve(request); // again: if clips had to end first, what they had reserved went with them
        if (!held(request).together()) apart = true;
        turns.beginClip();
        return denoising;
    }

    private void reserve(GenerationRequest request) {
        planner.claim().requireSampling(plan(request, held(request)), loaded.weightBytes());
    }

    private DiffusionTransformer transformer(String component, GenerationRequest request, PipelineListener listener,
            Cancellation cancellation) {
        return loaded.transformer(component, held(request), listener, cancellation);
    }

    private Latents noise(GenerationRequest request) {
        Shape shape = model.geometry().latents(request.size());
        try (var _ = TensorScope.open()) {
            return new Latents(shape, Tensor.randn(request.sampling().seed(), shape.dims()).toFloats());
        }
    }

    @Override
    public Video decode(Latents latents, PipelineListener listener, Cancellation cancellation) {
        return turns.begin(() -> decodeInTurn(latents, listener, cancellation));
    }

    private Video decodeInTurn(Latents latents, PipelineListener listener, Cancellation cancellation) {
        Tiling tiling = loaded.makeRoom(latents.shape(), cancellation);
        try {
            return planner.decoding().decode(loaded.vae(), latents, tiling, listener, cancellation);
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
            if (ownsDevice) device.close();
        });
    }
}
