package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.text.PromptCleaning;
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

    /** The projections of attention and feed-forward; embedders, norms, modulation and the last projection stay as they are. */
    private static final LayerSelection QUANTIZED = LayerSelection.of(
            "blocks\\.\\d+\\.attn[12]\\.(to_q|to_k|to_v|to_out\\.0|add_k_proj|add_v_proj)",
            "blocks\\.\\d+\\.ffn\\.net\\.(0\\.proj|2)");

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
        return List.of(Component.settings(SCHEDULER, "UniPCMultistepScheduler"),
                Component.of(TEXT_ENCODER, Kind.TEXT_ENCODER, "UMT5EncoderModel",
                        folder -> Umt5Config.read(folder).layout()),
                Component.settings(TOKENIZER, "T5TokenizerFast"),
                Component.transformer(DiffusionModel.TRANSFORMER, WanConfig.MODEL_CLASS,
                        folder -> WanConfig.read(folder).layout(), QUANTIZED),
                Component.of(VAE, Kind.AUTOENCODER, "AutoencoderKLWan", folder -> WanVae.read(folder).layout()));
    }

    @Override
    public GenerationDefaults defaults() {
        return new GenerationDefaults(81, 480, 832, 50, Guidance.of(5), 16);
    }

    @Override
    public void check(JsonFile modelIndex) {
        if (modelIndex.has("boundary_ratio") || modelIndex.flag("expand_timesteps", false)) {
            throw new InputException(
                    modelIndex.path() + ": this is a Wan2.2 model, expected Wan2.1: no other is supported");
        }
    }

    @Override
    public String cleaned(String prompt) {
        return PromptCleaning.clean(prompt);
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
