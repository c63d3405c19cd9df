package dvdquant.models.hunyuan;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.hunyuan.vae.HunyuanVideoVae;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.text.ClipTextConfig;
import dvdquant.models.text.LlamaConfig;
import dvdquant.models.vae.AutoencoderModel;

import java.nio.file.Path;
import java.util.List;

/** HunyuanVideo text-to-video. */
public final class HunyuanVideoFamily implements ModelFamily {
    static final String SCHEDULER = "scheduler";
    static final String VAE = "vae";

    /** Of the 13B model's weights 3.4 of 12.8 billion. */
    private static final String MODULATION = "(single_)?transformer_blocks\\.\\d+\\.norm(1|1_context)?\\.linear";

    /** Attention and feed-forward; embedders, the text's refiner, norms and the last projection stay as they are. */
    private static final LayerSelection QUANTIZED = LayerSelection.of(
            "transformer_blocks\\.\\d+\\.attn\\.(to_q|to_k|to_v|to_out\\.0|add_q_proj|add_k_proj|add_v_proj|to_add_out)",
            "transformer_blocks\\.\\d+\\.ff(_context)?\\.net\\.(0\\.proj|2)",
            "single_transformer_blocks\\.\\d+\\.(attn\\.(to_q|to_k|to_v)|proj_mlp|proj_out)");

    @Override
    public String name() {
        return "HunyuanVideo";
    }

    @Override
    public String pipelineClass() {
        return "HunyuanVideoPipeline";
    }

    @Override
    public List<Component> components() {
        return List.of(Component.settings(SCHEDULER, "FlowMatchEulerDiscreteScheduler"),
                Component.of(HunyuanVideoTexts.TEXT_ENCODER, Kind.TEXT_ENCODER, "LlamaModel",
                        folder -> LlamaConfig.read(folder).layout()),
                Component.of(HunyuanVideoTexts.TEXT_ENCODER_2, Kind.TEXT_ENCODER, "CLIPTextModel",
                        folder -> ClipTextConfig.read(folder).layout()),
                Component.settings(HunyuanVideoTexts.TOKENIZER, "LlamaTokenizerFast"),
                Component.settings(HunyuanVideoTexts.TOKENIZER_2, "CLIPTokenizer"),
                Component.transformer(DiffusionModel.TRANSFORMER, HunyuanVideoConfig.MODEL_CLASS,
                        folder -> HunyuanVideoConfig.read(folder).layout(), QUANTIZED).withModulation(MODULATION),
                Component.of(VAE, Kind.AUTOENCODER, "AutoencoderKLHunyuanVideo",
                        folder -> HunyuanVideoVae.read(folder).layout()));
    }

    @Override
    public GenerationDefaults defaults(Path folder) {
        return new GenerationDefaults(129, 720, 1280, 50, Guidance.embedded(6), 24);
    }

    /** Framepack, image-to-video and HunyuanVideo-1.5 have pipeline classes of their own, and parts of their own under this one. */
    @Override
    public void check(JsonFile modelIndex) {
        for (String part : List.of("image_processor", "image_encoder", "feature_extractor")) {
            if (modelIndex.has(part)) {
                throw new InputException(modelIndex.path() + ": \"" + part
                        + "\" is of an image-to-video model, expected HunyuanVideo text-to-video: no other is supported");
            }
        }
        for (Component component : components()) {
            if (component.kind() == Kind.OTHER || !modelIndex.has(component.name())) continue;
            if (!modelIndex.texts(component.name()).contains(component.modelClass())) {
                throw modelIndex.unexpected(component.name(), "a " + component.modelClass()
                        + ": neither HunyuanVideo-1.5 nor Framepack nor image-to-video is supported");
            }
        }
    }

    @Override
    public DiffusionModel read(Path folder) {
        return HunyuanVideoModel.read(folder);
    }

    @Override
    public AutoencoderModel autoencoder(Path folder) {
        return HunyuanVideoVae.read(folder.resolve(VAE));
    }
}
