package dvdquant.models.wan;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.text.PromptCleaning;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vision.ClipVisionConfig;
import dvdquant.models.wan.vae.WanVae;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Wan2.1 and Wan2.2, under the pipeline class of clips that are made of texts, or that of clips that are made of pictures. */
public final class WanFamily implements ModelFamily {
    static final String TEXT_ENCODER = "text_encoder";
    static final String TOKENIZER = "tokenizer";
    static final String SCHEDULER = "scheduler";
    static final String VAE = "vae";
    static final String IMAGE_ENCODER = "image_encoder";
    static final String IMAGE_PROCESSOR = "image_processor";

    /** The projections of attention and feed-forward; embedders, norms, modulation and the last projection stay as they are. */
    private static final LayerSelection QUANTIZED = LayerSelection.of(
            "blocks\\.\\d+\\.attn[12]\\.(to_q|to_k|to_v|to_out\\.0|add_k_proj|add_v_proj)",
            "blocks\\.\\d+\\.ffn\\.net\\.(0\\.proj|2)");

    private static final Component FIRST = Component.transformer(DiffusionModel.TRANSFORMER, WanConfig.MODEL_CLASS,
            WanFamily::transformerLayout, QUANTIZED);

    /** Of the last steps, in Wan2.2's A14B. */
    static final Component SECOND = FIRST.named(DiffusionModel.TRANSFORMER_2).orNone();

    public static final WanFamily OF_TEXT = new WanFamily("WanPipeline", false);

    public static final WanFamily OF_IMAGES = new WanFamily("WanImageToVideoPipeline", true);

    private final String pipelineClass;
    private final boolean images;

    private WanFamily(String pipelineClass, boolean images) {
        this.pipelineClass = pipelineClass;
        this.images = images;
    }

    private static TensorLayout transformerLayout(Path folder) {
        WanVariants.refuse(JsonFile.read(folder.resolve("config.json")));
        return WanConfig.read(folder).layout();
    }

    @Override
    public String name() {
        return "Wan";
    }

    @Override
    public String pipelineClass() {
        return pipelineClass;
    }

    @Override
    public List<Component> components() {
        return List.of(
                Component.of(IMAGE_ENCODER, Kind.IMAGE_ENCODER, "CLIPVisionModel",
                        folder -> ClipVisionConfig.read(folder).layout()).orNone(),
                Component.settings(IMAGE_PROCESSOR, "CLIPImageProcessor").orNone(),
                Component.settings(SCHEDULER, "UniPCMultistepScheduler"),
                Component.of(TEXT_ENCODER, Kind.TEXT_ENCODER, "UMT5EncoderModel",
                        folder -> Umt5Config.read(folder).layout()),
                Component.settings(TOKENIZER, "T5TokenizerFast"), FIRST, SECOND,
                Component.of(VAE, Kind.AUTOENCODER, "AutoencoderKLWan", folder -> WanVae.read(folder).layout()));
    }

    @Override
    public GenerationDefaults defaults(Path folder) {
        return WanDefaults.of(folder, images);
    }

    @Override
    public Optional<String> variant(String className) {
        return WanVariants.ofClass(className);
    }

    @Override
    public void check(JsonFile modelIndex) {
        if (!modelIndex.has("boundary_ratio")) return;
        double boundary = modelIndex.number("boundary_ratio");
        if (!(boundary >= 0 && boundary <= 1)) throw modelIndex.unexpected("boundary_ratio", "a number from 0 to 1");
    }

    @Override
    public String cleaned(String prompt) {
        return PromptCleaning.clean(prompt);
    }

    @Override
    public DiffusionModel read(Path folder) {
        return WanModel.read(folder, images);
    }

    @Override
    public AutoencoderModel autoencoder(Path folder) {
        return WanVae.read(folder.resolve(VAE));
    }
}
