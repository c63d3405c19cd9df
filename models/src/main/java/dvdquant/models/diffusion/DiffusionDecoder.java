package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.wan.vae.AutoencoderKLWan;
import dvdquant.models.wan.vae.VaeConfig;
import dvdquant.models.wan.vae.VaeTensors;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Kernels;

import java.nio.file.Path;
import java.util.List;

/** The VAE of a Wan2.1 model alone: no other part of the model need be there. */
public final class DiffusionDecoder implements ClipDecoder {
    private final Path vae;
    private final GenerationDefaults defaults;
    private final Decoding decoding;
    private final Kernels kernels;

    private DiffusionDecoder(Path vae, GenerationDefaults defaults, VaeConfig config, Kernels kernels) {
        this.vae = vae;
        this.defaults = defaults;
        this.decoding = new Decoding(config, kernels);
        this.kernels = kernels;
    }

    /**
     * Looks through the weights, so that what is wrong with them comes out before anything long is begun.
     *
     * @param kernels of the device to run on; closed with the decoder
     * @throws dvdquant.core.InputException if the VAE cannot be used
     */
    public static DiffusionDecoder open(Path folder, JsonFile modelIndex, Kernels kernels) {
        Path vae = folder.resolve("vae");
        VaeConfig config = VaeConfig.read(vae.resolve("config.json"));
        try (var weights = WeightLoader.open(vae, VaeTensors.layout(config))) {
            weights.verify();
        }
        return new DiffusionDecoder(vae, GenerationDefaults.read(modelIndex, DiffusionPipeline.FAMILY), config,
                kernels);
    }

    @Override
    public GenerationDefaults defaults() {
        return defaults;
    }

    @Override
    public String device() {
        return kernels.describe();
    }

    @Override
    public ClipSize clipSize(Shape latents) {
        return decoding.clip(latents);
    }

    @Override
    public MemoryPlan decodePlan(Shape latents) {
        long available = MemoryPlanner.availableBytes(kernels.memory());
        var others = List.of(MemoryPlanner.base(kernels.memory()));
        return new MemoryPlan(List.of(decoding.phase(latents, others, available)), available);
    }

    @Override
    public Video decode(Latents latents, PipelineListener listener, Cancellation cancellation) {
        MemoryPlan plan = decodePlan(latents.shape());
        plan.requireFits();
        var tiling = decoding.tiling(latents.shape(), List.of(MemoryPlanner.base(kernels.memory())),
                plan.availableBytes());
        try (var model = AutoencoderKLWan.open(vae, kernels)) {
            return Decoding.decode(model, latents, tiling, listener, cancellation);
        }
    }

    @Override
    public void close() {
        kernels.close();
    }
}
