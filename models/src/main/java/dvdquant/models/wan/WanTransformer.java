package dvdquant.models.wan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.nn.Patches;
import dvdquant.models.nn.TimestepEmbedder;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Wan's diffusion transformer: predicts the flow of noisy latents at a time, conditioned on a text, and on pictures where it is made for them.
 * Owns its weights.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_wan.py">diffusers,
 *      WanTransformer3DModel</a>
 */
public final class WanTransformer implements DiffusionTransformer {
    /** Text tokens that the model was trained with: shorter texts are padded with zeros, without a mask. */
    public static final int TEXT_TOKENS = 512;

    private final WanConfig config;
    private final ElementType type;
    private final Kernels kernels;
    private final WeightLoader files;
    private final TensorScope.Sealed owner;
    private final WanWeights weights;

    private WanTransformer(WanConfig config, LayerLoader layers) {
        this.config = config;
        this.type = layers.type();
        this.kernels = layers.kernels();
        this.files = layers.weights();
        try (var scope = TensorScope.open()) {
            weights = WanWeights.load(layers, config);
            owner = scope.seal();
        }
    }

    /**
     * @param folder {@code MODEL/transformer}
     * @param type to compute in: F32 or BF16
     * @param arithmetic of quantized layers
     * @throws dvdquant.core.InputException if the configuration or the weights cannot be used
     */
    public static WanTransformer open(Path folder, ElementType type, ComputeDevice device, LayerArithmetic arithmetic) {
        WanConfig config = WanConfig.read(folder);
        WeightLoader files = WeightLoader.open(folder, config.layout());
        try {
            return load(config, new LayerLoader(files, type, device, arithmetic, Optional.empty(), Optional.empty()));
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    /** @param layers of the transformer's files, which are closed with it */
    static WanTransformer load(WanConfig config, LayerLoader layers) {
        return new WanTransformer(config, layers);
    }

    public WanConfig config() {
        return config;
    }

    /**
     * Brings a text encoder's states to the transformer's width; once for all steps.
     *
     * @param states [tokens, textWidth], at most {@link #TEXT_TOKENS}
     * @param activations of quantized layers, which are none of the layers that are usually quantized; empty where none quantizes its input
     * @return [{@link #TEXT_TOKENS}, width]
     */
    Tensor embedText(Tensor states, StepActivations activations) {
        try (var scope = TensorScope.open()) {
            var compute = new Compute(kernels, activations);
            Tensor padded = states.to(kernels.device()).to(type).pad(0, 0, 0, TEXT_TOKENS - states.dim(0));
            Tensor inner = weights.textEmbedder1().forward(padded, compute);
            kernels.gelu(inner);
            return scope.keep(weights.textEmbedder2().forward(inner, compute));
        }
    }

    /** The rotary tables for latents of this size; once for all steps. */
    Rotary rotary(long frames, long height, long width) {
        List<Integer> patch = config.patch();
        try (var scope = TensorScope.open()) {
            Rotary tables = RotaryPositions.of(config, (int) (frames / patch.get(0)), (int) (height / patch.get(1)),
                    (int) (width / patch.get(2)));
            return new Rotary(scope.keep(tables.cos().to(kernels.device())),
                    scope.keep(tables.sin().to(kernels.device())));
        }
    }

    /**
     * What the transformer is given of a text.
     *
     * @param states [tokens, textWidth], at most {@link #TEXT_TOKENS}
     */
    public static Conditioning conditioning(Tensor states) {
        return WanTexts.conditioning(states);
    }

    @Override
    public Shaped prepare(Shape latents) {
        Rotary rotary = rotary(latents.dim(2), latents.dim(3), latents.dim(4));
        return (given, activations) -> {
            Prepared prepared = prepared(given, activations);
            return (x, step, pass, listener) -> forward(x, step, prepared, rotary, pass, listener);
        };
    }

    /**
     * What a clip is conditioned on, made once for all steps.
     *
     * @param condition [tokens, channels · patch] in the type to compute in, beside those of the latents
     * @param firstFrameGiven whether the latents of the first frame are given: their time is 0 at each step
     */
    record Prepared(WanContext context, Optional<Tensor> condition, boolean firstFrameGiven) {}

    Prepared prepared(Conditioning given, StepActivations activations) {
        ImageParts images = ImageParts.of(given);
        requireParts(images);
        return new Prepared(
                new WanContext(embedText(WanTexts.states(given), activations),
                        images.states().map(states -> embedImage(states, activations))),
                images.condition().map(this::patches), images.firstFrame().isPresent());
    }

    private void requireParts(ImageParts images) {
        if (images.states().isPresent() != weights.imageEmbedder().isPresent()
                || images.condition().isPresent() != config.readsCondition()) {
            throw new IllegalArgumentException("the pictures were encoded for another model");
        }
    }

    private Tensor embedText(ConditioningTensor states, StepActivations activations) {
        try (var scope = TensorScope.open()) {
            return scope.keep(embedText(states.tensor(), activations));
        }
    }

    private Tensor embedImage(ConditioningTensor states, StepActivations activations) {
        try (var scope = TensorScope.open()) {
            return scope.keep(weights.imageEmbedder().orElseThrow().forward(states.tensor().to(kernels.device()), type,
                    new Compute(kernels, activations)));
        }
    }

    private Tensor patches(ConditioningTensor condition) {
        try (var scope = TensorScope.open()) {
            return scope.keep(patches(condition.tensor()));
        }
    }

    /** [tokens, channels · patch] of what is shaped like latents. */
    private Tensor patches(Tensor latents) {
        return config.patches().split(latents.to(kernels.device())).to(type);
    }

    /**
     * In a clip whose first frame is given, too, what is watched is the time of the other frames, as of one without it: only that one
     * changes.
     */
    @Override
    public Optional<List<float[]>> watched(double[] timesteps, boolean projected) {
        return Optional.of(TimeSignals.of(weights, timesteps, projected, new Compute(kernels)));
    }

    /**
     * @param latents [1, channels, frames, height, width], F32
     * @param prepared by {@link #prepared}
     * @param rotary of {@link #rotary}
     * @param pass through the blocks or past them
     * @return the flow, as {@code latents}, on the device that computes
     */
    Tensor forward(Tensor latents, Step step, Prepared prepared, Rotary rotary, BlockPass pass,
            BlockListener listener) {
        var compute = new Compute(kernels, step.activations());
        try (var scope = TensorScope.open()) {
            // 1. Patches and time
            Tensor patches = patches(latents);
            Tensor input = prepared.condition.map(beside -> Tensor.cat(List.of(patches, beside), 1)).orElse(patches);
            Tensor hidden = weights.patchEmbedding().forward(input, compute); // [tokens, width]
            List<TimedTokens> embedded = times(step, prepared, latents.shape(), compute);
            List<TimedTokens> times = embedded.stream().map(tokens -> projected(tokens, compute)).toList();
            // 2. Blocks
            List<Integer> blocks = IntStream.range(0, weights.blocks().size()).boxed().toList();
            hidden = pass.apply(hidden, first -> TensorScope.fold(first, blocks, (x, index) -> {
                Tensor next = weights.blocks().get(index).forward(x, prepared.context, times, rotary, compute);
                listener.afterBlock(index, next);
                return next;
            }));
            // 3. Norm, projection and patches back in place
            LinearInput output = TimedTokens.afterBlocks(embedded, weights.scaleShiftTable()).normed(hidden,
                    config.eps(),
                    compute);
            Tensor flow = weights.projOut().forward(output).to(ElementType.F32);
            return scope.keep(joined(flow, latents.shape()));
        }
    }

    /** Embedded: of all tokens, or of those of a first frame that is given, and of the others. */
    private List<TimedTokens> times(Step step, Prepared prepared, Shape latents, Compute compute) {
        TimestepEmbedder embedder = weights.timeEmbedder();
        long tokens = config.patches().count(latents);
        long given = prepared.firstFrameGiven ? tokens / config.patches().along(2, latents) : 0;
        var times = new ArrayList<TimedTokens>();
        if (given > 0) times.add(new TimedTokens(given, embedder.forward(0, compute)));
        if (tokens > given) times.add(new TimedTokens(tokens - given, embedder.forward(step.timestep(), compute)));
        return times;
    }

    private TimedTokens projected(TimedTokens embedded, Compute compute) {
        Tensor projected = weights.timeProjection().forward(embedded.time().to(type).silu(), compute);
        return new TimedTokens(embedded.count(), projected.to(ElementType.F32).reshape(6, config.width()));
    }

    /** A token's values are its patch's, the channels of each side by side: the reverse of how they went in. */
    private Tensor joined(Tensor flow, Shape latents) {
        Patches patches = config.patches();
        return patches.join(
                flow.reshape(patches.count(latents), patches.volume(), config.outChannels()).transpose(1, 2),
                latents);
    }

    /** Frees the weights. */
    @Override
    public void close() {
        owner.close();
        files.close();
    }
}
