package dvdquant.models.hunyuan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.Modulation;
import dvdquant.models.nn.Patches;
import dvdquant.models.nn.RotaryAxes;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * HunyuanVideo's diffusion transformer: predicts the flow of noisy latents at a time, conditioned on a text and a guidance. Dual-stream
 * blocks over the tokens of image and text, then single-stream blocks over both together. Owns its weights.
 *
 * @see <a href="https://arxiv.org/abs/2412.03603">HunyuanVideo, §4.3</a>
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_hunyuan_video.py">
 *      diffusers, HunyuanVideoTransformer3DModel</a>
 */
public final class HunyuanVideoTransformer implements DiffusionTransformer {
    private final HunyuanVideoConfig config;
    private final ElementType type;
    private final Kernels kernels;
    private final WeightLoader files;
    private final TensorScope.Sealed owner;
    private final HunyuanVideoWeights weights;

    private HunyuanVideoTransformer(HunyuanVideoConfig config, LayerLoader layers) {
        this.config = config;
        this.type = layers.type();
        this.kernels = layers.kernels();
        this.files = layers.weights();
        try (var scope = TensorScope.open()) {
            weights = HunyuanVideoWeights.load(layers, config);
            owner = scope.seal();
        }
    }

    /**
     * @param folder {@code MODEL/transformer}
     * @param type to compute in: F32 or BF16
     * @param arithmetic of quantized layers
     * @throws dvdquant.core.InputException if the configuration or the weights cannot be used
     */
    public static HunyuanVideoTransformer open(Path folder, ElementType type, ComputeDevice device,
            LayerArithmetic arithmetic) {
        HunyuanVideoConfig config = HunyuanVideoConfig.read(folder);
        WeightLoader files = WeightLoader.open(folder, config.layout());
        try {
            return load(config, new LayerLoader(files, type, device, arithmetic, Optional.empty(), Optional.empty()));
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    /** @param layers of the transformer's files, which are closed with it */
    static HunyuanVideoTransformer load(HunyuanVideoConfig config, LayerLoader layers) {
        return new HunyuanVideoTransformer(config, layers);
    }

    public HunyuanVideoConfig config() {
        return config;
    }

    /**
     * Brings what text encoders made of a text to the transformer's width; once for all steps.
     *
     * @param states [tokens, textWidth], F32, without padding
     * @param pooled [1, pooledWidth], F32
     * @param activations of quantized layers, which are none of the layers that are usually quantized; empty where none quantizes its input
     */
    PreparedText embedText(Tensor states, Tensor pooled, StepActivations activations) {
        var compute = new Compute(kernels, activations);
        return new PreparedText(weights.contextEmbedder().project(states.to(kernels.device()), type, compute),
                weights.timeTextEmbed().textEmbedder().forward(pooled.to(kernels.device()), compute));
    }

    /**
     * What the transformer is given of a text.
     *
     * @param states [tokens, textWidth]
     * @param pooled [1, pooledWidth]
     */
    public static Conditioning conditioning(Tensor states, Tensor pooled) {
        return HunyuanVideoTexts.conditioning(states, pooled);
    }

    @Override
    public Shaped prepare(Shape latents) {
        Rotary rotary = rotary(latents);
        return (given, activations) -> new ForText(this, embedText(given, activations), rotary);
    }

    private PreparedText embedText(Conditioning given, StepActivations activations) {
        return embedText(HunyuanVideoTexts.states(given).tensor(), HunyuanVideoTexts.pooled(given).tensor(),
                activations);
    }

    private record ForText(HunyuanVideoTransformer transformer, PreparedText text,
            Rotary rotary) implements Conditioned {
        @Override
        public Tensor forward(Tensor latents, Step step, BlockPass pass, BlockListener listener) {
            return transformer.forward(latents, step, text, rotary, pass, listener);
        }

        @Override
        public Tensor watched(Tensor latents, Step step) {
            return transformer.watched(latents, step, text);
        }
    }

    /** Nothing: what the first block reads depends on the latents. */
    @Override
    public Optional<List<float[]>> watched(double[] timesteps, boolean projected) {
        return Optional.empty();
    }

    /** What the first block's image layers read, [image tokens, width]: normed latents, modulated. */
    private Tensor watched(Tensor latents, Step step, PreparedText text) {
        var compute = new Compute(kernels, step.activations());
        try (var scope = TensorScope.open()) {
            StreamLayers first = weights.dualBlocks().getFirst().image();
            Tensor table = first.modulation(condition(step, text, compute), compute);
            return scope
                    .keep(StreamLayers.normed(patches(latents, compute), Modulation.of(table, 0), compute).values());
        }
    }

    /** How many blocks a forward goes through, those of the text alone not counted. */
    int blocks() {
        return config.dualBlocks() + config.singleBlocks();
    }

    /** The rotary tables of the image's tokens for latents of this shape; once for all steps. */
    Rotary rotary(Shape latents) {
        Patches patches = config.patches();
        try (var scope = TensorScope.open()) {
            Rotary tables = new RotaryAxes(config.ropeAxes(), config.ropeTheta()).tables(patches.along(2, latents),
                    patches.along(3, latents), patches.along(4, latents));
            return new Rotary(scope.keep(tables.cos().to(kernels.device())),
                    scope.keep(tables.sin().to(kernels.device())));
        }
    }

    /**
     * @param latents [1, channels, frames, height, width], F32
     * @param text of {@link #embedText}
     * @param rotary of {@link #rotary}
     * @param pass through the blocks or past them
     * @return the flow, as {@code latents}, on the device that computes
     */
    Tensor forward(Tensor latents, Step step, PreparedText text, Rotary rotary, BlockPass pass,
            BlockListener listener) {
        var compute = new Compute(kernels, step.activations());
        try (var scope = TensorScope.open()) {
            // 1. Patches, [image tokens, width], and what the blocks are modulated by
            Tensor image = patches(latents, compute);
            Tensor condition = condition(step, text, compute); // [1, width]
            // 2. Text refined; blocks over image and text
            image = pass.apply(image, input -> {
                Tensor refined = weights.contextEmbedder().forward(text.tokens(), step.timestep(), compute);
                Tensor joined = dualBlocks(new Streams(input, refined), condition, rotary, compute, listener);
                Tensor hidden = singleBlocks(joined, condition, rotary, compute, listener);
                return hidden.narrow(0, 0, input.dim(0));
            });
            // 3. Norm, projection and patches back in place
            Tensor scaleShift = weights.normOut().forward(condition, compute).to(ElementType.F32)
                    .reshape(2, config.width());
            Tensor normed = kernels.layerNorm(image, Modulation.row(scaleShift, 0).add(1),
                    Modulation.row(scaleShift, 1), HunyuanVideoConfig.EPS);
            Tensor flow = weights.projOut().forward(normed, compute).to(ElementType.F32);
            return scope.keep(config.patches().join(flow, latents.shape()));
        }
    }

    /** [image tokens, width] */
    private Tensor patches(Tensor latents, Compute compute) {
        return weights.xEmbedder().forward(config.patches().split(latents.to(kernels.device())).to(type), compute);
    }

    /** Time, guidance and pooled text, [1, width], after SiLU. */
    private Tensor condition(Step step, PreparedText text, Compute compute) {
        return weights.timeTextEmbed().forward(step, text.pooled(), type, compute).silu().to(type);
    }

    /** [tokens of image and text, width] */
    private Tensor dualBlocks(Streams streams, Tensor condition, Rotary rotary, Compute compute,
            BlockListener listener) {
        try (var scope = TensorScope.open()) {
            Streams result = TensorScope.fold(streams, IntStream.range(0, config.dualBlocks()).boxed().toList(),
                    (x, index) -> {
                        Streams next = weights.dualBlocks().get(index).forward(x, condition, rotary, compute);
                        listener.afterBlock(index, next.image());
                        return next;
                    }, Streams::tensors);
            return scope.keep(result.joined());
        }
    }

    private Tensor singleBlocks(Tensor joined, Tensor condition, Rotary rotary, Compute compute,
            BlockListener listener) {
        return TensorScope.fold(joined, IntStream.range(0, config.singleBlocks()).boxed().toList(), (x, index) -> {
            Tensor next = weights.singleBlocks().get(index).forward(x, condition, rotary, compute);
            listener.afterBlock(config.dualBlocks() + index, next);
            return next;
        });
    }

    /** Frees the weights. */
    @Override
    public void close() {
        owner.close();
        files.close();
    }
}
