package dvdquant.models.toy;

import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.diffusion.teacache.TeaCacheRule;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.prompts.ImageInput.Use;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vae.LatentGeometry;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** The smallest family of models that is whole: two text encoders, one transformer or two, an autoencoder. Nothing of it is Wan's. */
public final class ToyFamily implements ModelFamily {
    static final String TRANSFORMER_2 = DiffusionModel.TRANSFORMER_2;
    static final List<String> TEXT_ENCODERS = List.of("text_encoder", "text_encoder_2");
    static final String VAE = "autoencoder";
    /** In {@code model_index.json}: whether a clip begins with a picture; where it must, it may end with one. */
    static final String IMAGES = "_images";

    @Override
    public String name() {
        return "Toy";
    }

    @Override
    public String pipelineClass() {
        return "ToyPipeline";
    }

    @Override
    public List<Component> components() {
        Component transformer = Component.transformer(DiffusionModel.TRANSFORMER, ToyTransformer.MODEL_CLASS,
                _ -> ToyTransformer.layout(), LayerSelection.of("layers\\.\\d+\\.(up|down)"));
        return List.of(Component.of(VAE, Kind.AUTOENCODER, "ToyVae", _ -> ToyVae.LAYOUT),
                Component.settings("scheduler", "FlowMatchEulerDiscreteScheduler"),
                Component.of(TEXT_ENCODERS.get(0), Kind.TEXT_ENCODER, "ToyLetters", _ -> ToyTexts.LAYOUT),
                Component.of(TEXT_ENCODERS.get(1), Kind.TEXT_ENCODER, "ToyLetters", _ -> ToyTexts.LAYOUT),
                transformer, transformer.named(TRANSFORMER_2).orNone());
    }

    @Override
    public GenerationDefaults defaults(Path folder) {
        return new GenerationDefaults(5, 32, 48, 6, Guidance.of(3), 8);
    }

    @Override
    public void check(JsonFile modelIndex) {}

    @Override
    public AutoencoderModel autoencoder(Path folder) {
        return new ToyVae();
    }

    @Override
    public DiffusionModel read(Path folder) {
        return new Model(folder, Scheduler.read(folder.resolve("scheduler")), transformers(folder).size() > 1,
                images(JsonFile.read(folder.resolve("model_index.json"))));
    }

    private static Optional<ImageConditioning> images(JsonFile modelIndex) {
        if (!modelIndex.has(IMAGES)) return Optional.empty();
        Use first = Use.valueOf(modelIndex.text(IMAGES));
        return Optional.of(new ToyImages(new ImageInput(first, first == Use.REQUIRED ? Use.OPTIONAL : Use.NONE)));
    }

    private record Model(Path folder, Scheduler scheduler, boolean hasTwo, Optional<ImageConditioning> images)
            implements
                DiffusionModel {
        @Override
        public LatentGeometry geometry() {
            return autoencoder().geometry();
        }

        @Override
        public AutoencoderModel autoencoder() {
            return new ToyVae();
        }

        @Override
        public OptionalDouble boundary() {
            return hasTwo ? OptionalDouble.of(0.5) : OptionalDouble.empty();
        }

        @Override
        public TransformerSizes sizes(String component) {
            return new ToyTransformer.Sizes();
        }

        @Override
        public ToyTransformer transformer(String component, LayerLoader layers) {
            return new ToyTransformer(layers);
        }

        @Override
        public long textLayerBytes(int bytesAWeight) {
            return ToyTexts.LAYOUT.elements() * bytesAWeight;
        }

        @Override
        public TokenizedTexts tokenize(List<String> texts, Consumer<String> warnings) {
            return new ToyTexts(folder, texts);
        }

        @Override
        public TeaCachePlan teaCache(TeaCache option) {
            return new TeaCachePlan(new TeaCacheRule(TeaCacheRule.IDENTITY, option.threshold().orElse(0.3), 1, true),
                    false);
        }
    }
}
