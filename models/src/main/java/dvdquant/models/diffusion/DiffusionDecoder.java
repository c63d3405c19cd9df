package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.tensor.ComputeDevice;

import java.nio.file.Path;
import java.util.List;

/** The VAE of a model alone: no other part of it need be there. */
public final class DiffusionDecoder implements ClipDecoder {
    private final Path vae;
    private final TensorSource.Opener sources;
    private final GenerationDefaults defaults;
    private final Decoding decoding;
    private final ComputeDevice device;
    private final boolean owned;

    private DiffusionDecoder(Path vae, GenerationDefaults defaults, Decoding decoding, LoadOptions options) {
        this.vae = vae;
        this.sources = options.sources();
        this.defaults = defaults;
        this.decoding = decoding;
        this.device = decoding.device();
        this.owned = options.device().isEmpty();
    }

    /**
     * Looks through the weights, so that what is wrong with them comes out before anything long is begun.
     *
     * @param folder of the model
     * @param device to run on; closed with the decoder if the options do not name it
     * @throws dvdquant.core.InputException if the VAE cannot be used
     */
    public static DiffusionDecoder open(Path folder, JsonFile modelIndex, ModelFamily family, LoadOptions options,
            ComputeDevice device) {
        var decoding = new Decoding(family.autoencoder(folder), device);
        ModelFiles.verifyAutoencoder(folder, family, options.sources());
        return new DiffusionDecoder(folder.resolve(family.autoencoder()),
                GenerationDefaults.read(modelIndex, family.defaults(folder)), decoding, options);
    }

    @Override
    public GenerationDefaults defaults() {
        return defaults;
    }

    @Override
    public ComputeDevice device() {
        return device;
    }

    @Override
    public ClipSize clipSize(Shape latents) {
        return decoding.vae().geometry().clip(latents);
    }

    @Override
    public MemoryPlan decodePlan(Shape latents) {
        long available = device.memory().availableBytes();
        var others = List.of(MemoryPlanner.base(device));
        return new MemoryPlan(List.of(decoding.phase(latents, others, available)), available);
    }

    @Override
    public Video decode(Latents latents, PipelineListener listener, Cancellation cancellation) {
        return device.turns().take(() -> decodeInTurn(latents, listener, cancellation));
    }

    private Video decodeInTurn(Latents latents, PipelineListener listener, Cancellation cancellation) {
        MemoryPlan plan = decodePlan(latents.shape());
        plan.requireFits();
        var tiling = decoding.tiling(latents.shape(), List.of(MemoryPlanner.base(device)),
                plan.availableBytes());
        try (var model = decoding.vae().open(vae, sources, device.kernels())) {
            return decoding.decode(model, latents, tiling, listener, cancellation);
        }
    }

    @Override
    public void close() {
        if (owned) device.close();
    }
}
