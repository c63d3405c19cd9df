package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.wan.vae.WanVae;

import java.nio.file.Path;
import java.util.List;

/** Wan2.1 text-to-video. */
public final class WanFamily implements ModelFamily {
    static final String TEXT_ENCODER = "text_encoder";
    static final String TOKENIZER = "tokenizer";
    static final String SCHEDULER = "scheduler";
    static final String VAE = "vae";

    @Override
    public String name() {
        return "Wan2.1";
    }

    @Override
    public String pipelineClass() {
        return "WanPipeline";
    }

    @Override
    public List<Component> components() {
        return List.of(new Component(SCHEDULER, "UniPCMultistepScheduler"),
                new Component(TEXT_ENCODER, Kind.TEXT_ENCODER, "UMT5EncoderModel",
                        folder -> Umt5Config.read(folder).layout()),
                new Component(TOKENIZER, "T5TokenizerFast"),
                new Component(DiffusionModel.TRANSFORMER, Kind.TRANSFORMER, WanConfig.MODEL_CLASS,
                        folder -> WanConfig.read(folder).layout()),
                new Component(VAE, Kind.AUTOENCODER, "AutoencoderKLWan", folder -> WanVae.read(folder).layout()));
    }

    @Override
    public GenerationDefaults defaults() {
        return new GenerationDefaults(81, 480, 832, 50, 5.0, 16);
    }

    @Override
    public void check(JsonFile modelIndex) {
        if (modelIndex.has("boundary_ratio") || modelIndex.flag("expand_timesteps", false)) {
            throw new InputException(
                    modelIndex.path() + ": this is a Wan2.2 model, expected Wan2.1: no other is supported");
        }
    }

    @Override
    public DiffusionModel read(Path folder) {
        return WanModel.read(folder);
    }

    @Override
    public AutoencoderModel autoencoder(Path folder) {
        return WanVae.read(folder.resolve(VAE));
    }
}
