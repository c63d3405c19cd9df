package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vae.LatentGeometry;
import dvdquant.models.wan.vae.WanVae;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * A Wan model, by its configurations.
 *
 * @param folder of the model
 * @param transformer of all steps, or of the first
 * @param second of the last steps, whose latents are of the same kind; empty if there is none
 * @param ofImages whether clips are made of pictures, by its pipeline class
 * @param boundary {@code boundary_ratio} of a model with two transformers
 * @param expandTimesteps {@code expand_timesteps}: a time for each token, of which those of a given first frame are 0 (TI2V-5B)
 * @param ofPictures how pictures condition its clips
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan.py">diffusers,
 *      WanPipeline</a>
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan_i2v.py">diffusers,
 *      WanImageToVideoPipeline</a>
 */
record WanModel(Path folder, WanConfig transformer, Optional<WanConfig> second, Umt5Config text, WanVae autoencoder,
        Scheduler scheduler, boolean ofImages, OptionalDouble boundary, boolean expandTimesteps,
        Optional<WanImages> ofPictures) implements DiffusionModel {
    static WanModel read(Path folder, boolean ofImages) {
        JsonFile index = JsonFile.read(folder.resolve("model_index.json"));
        Path first = folder.resolve(TRANSFORMER);
        WanVariants.refuse(JsonFile.read(first.resolve("config.json")));
        boolean two = WanFamily.SECOND.isIn(folder);
        if (two && !index.has("boundary_ratio")) {
            throw index.unexpected("boundary_ratio", "a number from 0 to 1, for there is a transformer_2");
        }
        WanConfig transformer = WanConfig.read(first);
        WanVae autoencoder = WanVae.read(folder.resolve(WanFamily.VAE));
        boolean expandTimesteps = index.flag("expand_timesteps", false);
        var model = new WanModel(folder, transformer,
                two ? Optional.of(WanConfig.read(folder.resolve(TRANSFORMER_2))) : Optional.empty(),
                Umt5Config.read(folder.resolve(WanFamily.TEXT_ENCODER)), autoencoder,
                Scheduler.read(folder.resolve(WanFamily.SCHEDULER)), ofImages,
                two ? OptionalDouble.of(index.number("boundary_ratio")) : OptionalDouble.empty(),
                expandTimesteps, WanImages.of(folder, transformer, autoencoder, expandTimesteps));
        model.requireKnownLatents();
        model.second.ifPresent(model::requireAlike);
        return model;
    }

    /** @throws InputException if the transformer does not read what the pipeline class and the autoencoder imply */
    private void requireKnownLatents() {
        int channels = autoencoder.geometry().channels();
        int conditioned = WanConfig.conditionedChannels(channels);
        boolean beside = ofImages && !expandTimesteps;
        if (transformer.inChannels() == (beside ? conditioned : channels)) return;
        JsonFile config = JsonFile.read(folder.resolve(TRANSFORMER).resolve("config.json"));
        String other = transformer.inChannels() == (beside ? channels : conditioned)
                ? "such a transformer makes clips of " + (beside ? "texts alone" : "pictures")
                : "other variants of Wan, such as Fun, are not supported";
        throw config.unexpected("in_channels",
                (beside ? conditioned : channels) + ", as the autoencoder has " + channels
                        + " channels and clips are made of " + (beside ? "pictures: " : "texts: ") + other);
    }

    private void requireAlike(WanConfig other) {
        if (other.inChannels() == transformer.inChannels() && other.outChannels() == transformer.outChannels()
                && other.patch().equals(transformer.patch()) && other.textWidth() == transformer.textWidth()
                && other.imageEmbedder().equals(transformer.imageEmbedder())) {
            return;
        }
        throw new InputException(folder.resolve(TRANSFORMER_2).resolve("config.json")
                + ": its latents, patches, texts or pictures are not those of " + TRANSFORMER
                + ", expected two transformers of one model");
    }

    @Override
    public LatentGeometry geometry() {
        return autoencoder.geometry().withPatches(transformer.patch().get(1), transformer.patch().get(2));
    }

    private WanConfig config(String component) {
        return component.equals(TRANSFORMER) ? transformer : second.orElseThrow();
    }

    @Override
    public TransformerSizes sizes(String component) {
        return config(component);
    }

    @Override
    public WanTransformer transformer(String component, LayerLoader layers) {
        return WanTransformer.load(config(component), layers);
    }

    @Override
    public long textLayerBytes(int bytesAWeight) {
        return text.layerBytes(bytesAWeight);
    }

    @Override
    public TokenizedTexts tokenize(List<String> texts, Consumer<String> warnings) {
        return WanTexts.tokenize(folder, texts, warnings);
    }

    @Override
    public Optional<ImageConditioning> images() {
        return ofPictures.map(images -> images);
    }

    @Override
    public TeaCachePlan teaCache(TeaCache option) {
        return WanTeaCache.of(option, transformer, second.isPresent());
    }
}
