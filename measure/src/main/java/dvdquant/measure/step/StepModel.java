package dvdquant.measure.step;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer;
import dvdquant.models.diffusion.DiffusionTransformer.Conditioned;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.hunyuan.HunyuanVideoTransformer;
import dvdquant.models.hunyuan.vae.HunyuanVideoVae;
import dvdquant.models.hunyuan.vae.VaeConfig;
import dvdquant.models.nn.Patches;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;

import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * A transformer of any family, and what goes into its forward: random latents, random states of a text of full length, and what else it is
 * conditioned on.
 */
final class StepModel implements AutoCloseable {
    private static final double TIMESTEP = 500;
    private static final double GUIDANCE = 6;

    /** A family's transformer, and what it is given beside latents. */
    private record Loaded(DiffusionTransformer transformer, TransformerSizes sizes, Patches patches, Shape latents,
            Conditioning given, OptionalDouble guidance) {}

    private final Loaded loaded;
    private final Tensor latents;
    private final Step step;
    private final Conditioned conditioned;

    private StepModel(Loaded loaded, StepBenchmark.Plan plan, ComputeDevice device) {
        this.loaded = loaded;
        StepActivations activations = StepActivations.always(plan.activations());
        latents = Tensor.randn(0, loaded.latents.dims()).to(device.device());
        step = new Step(TIMESTEP, loaded.guidance, activations);
        conditioned = loaded.transformer.prepare(latents.shape()).given(loaded.given, activations);
    }

    /** What goes into it is the caller's scope's. */
    static StepModel open(Path folder, StepBenchmark.Plan plan, ComputeDevice device) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        Loaded loaded = config.text("_class_name").equals(HunyuanVideoConfig.MODEL_CLASS)
                ? hunyuanVideo(folder, plan, device)
                : wan(folder, plan, device);
        return new StepModel(loaded, plan, device);
    }

    private static Loaded wan(Path folder, StepBenchmark.Plan plan, ComputeDevice device) {
        var model = WanTransformer.open(folder, plan.type(), device, LayerArithmetic.INTEGER);
        try {
            WanConfig config = model.config();
            var given = new WanGiven(config, plan.firstFrame());
            Shape latents = latents(given.autoencoder(), config.patches(), plan.clip());
            return new Loaded(model, config, config.patches(), latents, given.of(latents), OptionalDouble.empty());
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static Loaded hunyuanVideo(Path folder, StepBenchmark.Plan plan, ComputeDevice device) {
        if (plan.firstFrame()) throw WanGiven.noFirstFrame("HunyuanVideo makes clips of texts alone");
        var model = HunyuanVideoTransformer.open(folder, plan.type(), device, LayerArithmetic.INTEGER);
        HunyuanVideoConfig config = model.config();
        Shape latents = latents(new HunyuanVideoVae(VaeConfig.HUNYUAN_VIDEO), config.patches(), plan.clip());
        return new Loaded(model, config, config.patches(), latents, HunyuanVideoTransformer
                .conditioning(Tensor.randn(1, HunyuanVideoConfig.TEXT_TOKENS, config.textWidth()),
                        Tensor.randn(2, 1, config.pooledWidth())),
                OptionalDouble.of(GUIDANCE));
    }

    private static Shape latents(AutoencoderModel autoencoder, Patches patches, ClipSize clip) {
        return autoencoder.geometry().withPatches(patches.rows(), patches.columns()).latents(clip);
    }

    TransformerSizes sizes() {
        return loaded.sizes;
    }

    /** Of the video. */
    long tokens() {
        return loaded.patches.count(latents.shape());
    }

    Tensor latents() {
        return latents;
    }

    Tensor forward(BlockPass pass) {
        return conditioned.forward(latents, step, pass, (_, _) -> {});
    }

    @Override
    public void close() {
        loaded.transformer.close();
    }
}
