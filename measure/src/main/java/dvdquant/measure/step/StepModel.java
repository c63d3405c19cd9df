package dvdquant.measure.step;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.hunyuan.HunyuanVideoTransformer;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;

import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.function.Function;

/** A transformer of any family, and what goes into its forward: random latents, and random states of a text of full length. */
final class StepModel implements AutoCloseable {
    private static final int CHANNELS = 16;
    private static final int PIXELS_PER_LATENT = 8;
    private static final int FRAMES_PER_LATENT = 4;
    private static final double TIMESTEP = 500;
    private static final double GUIDANCE = 6;

    private final DiffusionTransformer transformer;
    private final TransformerSizes sizes;
    private final long tokens;
    private final Tensor latents;
    private final Function<BlockPass, Tensor> forward;

    private StepModel(DiffusionTransformer transformer, TransformerSizes sizes, long tokens, Tensor latents,
            Function<BlockPass, Tensor> forward) {
        this.transformer = transformer;
        this.sizes = sizes;
        this.tokens = tokens;
        this.latents = latents;
        this.forward = forward;
    }

    /** What goes into it is the caller's scope's. */
    static StepModel open(Path folder, StepBenchmark.Plan plan, ComputeDevice device) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        return config.text("_class_name").equals(HunyuanVideoConfig.MODEL_CLASS)
                ? hunyuanVideo(folder, plan, device)
                : wan(folder, plan, device);
    }

    private static StepModel wan(Path folder, StepBenchmark.Plan plan, ComputeDevice device) {
        var model = WanTransformer.open(folder, plan.type(), device, LayerArithmetic.INTEGER);
        WanConfig config = model.config();
        Tensor latents = latents(plan.clip(), device);
        Tensor states = Tensor.randn(1, WanTransformer.TEXT_TOKENS, config.textWidth()).to(device.device());
        Tensor text = model.embedText(states.to(plan.type()), always(plan.activations()));
        var rotary = model.rotary(latents.dim(2), latents.dim(3), latents.dim(4));
        var step = new Step(TIMESTEP, OptionalDouble.empty(), always(plan.activations()));
        return new StepModel(model, config, config.patches().count(latents.shape()), latents,
                pass -> model.forward(latents, step, text, rotary, pass, (_, _) -> {}));
    }

    private static StepModel hunyuanVideo(Path folder, StepBenchmark.Plan plan, ComputeDevice device) {
        var model = HunyuanVideoTransformer.open(folder, plan.type(), device, LayerArithmetic.INTEGER);
        HunyuanVideoConfig config = model.config();
        Tensor latents = latents(plan.clip(), device);
        var text = model.embedText(Tensor.randn(1, HunyuanVideoConfig.TEXT_TOKENS, config.textWidth()),
                Tensor.randn(2, 1, config.pooledWidth()), always(plan.activations()));
        var rotary = model.rotary(latents.shape());
        var step = new Step(TIMESTEP, OptionalDouble.of(GUIDANCE), always(plan.activations()));
        return new StepModel(model, config, config.patches().count(latents.shape()), latents,
                pass -> model.forward(latents, step, text, rotary, pass, (_, _) -> {}));
    }

    private static Tensor latents(ClipSize clip, ComputeDevice device) {
        return Tensor.randn(0, 1, CHANNELS, 1 + (clip.frames() - 1) / FRAMES_PER_LATENT,
                clip.height() / PIXELS_PER_LATENT, clip.width() / PIXELS_PER_LATENT).to(device.device());
    }

    private static StepActivations always(ActivationScheme scheme) {
        return StepActivations.always(scheme);
    }

    TransformerSizes sizes() {
        return sizes;
    }

    /** Of the video. */
    long tokens() {
        return tokens;
    }

    Tensor latents() {
        return latents;
    }

    Tensor forward(BlockPass pass) {
        return forward.apply(pass);
    }

    @Override
    public void close() {
        transformer.close();
    }
}
