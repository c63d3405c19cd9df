package dvdquant.models.wan;

import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vae.LatentGeometry;
import dvdquant.models.wan.vae.WanVae;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * A Wan model, by its configurations.
 *
 * @param folder of the model
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan.py">diffusers,
 *      WanPipeline</a>
 */
record WanModel(Path folder, WanConfig transformer, Umt5Config text, WanVae autoencoder,
        Scheduler scheduler) implements DiffusionModel {
    static WanModel read(Path folder) {
        return new WanModel(folder, WanConfig.read(folder.resolve(TRANSFORMER)),
                Umt5Config.read(folder.resolve(WanFamily.TEXT_ENCODER)), WanVae.read(folder.resolve(WanFamily.VAE)),
                Scheduler.read(folder.resolve(WanFamily.SCHEDULER)));
    }

    @Override
    public LatentGeometry geometry() {
        return autoencoder.geometry().withPatches(transformer.patch().get(1), transformer.patch().get(2));
    }

    @Override
    public TransformerSizes sizes(String component) {
        return transformer;
    }

    @Override
    public WanTransformer transformer(String component, LayerLoader layers) {
        return WanTransformer.load(transformer, layers);
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
    public TeaCachePlan teaCache(TeaCache option) {
        return WanTeaCache.of(option, transformer);
    }
}
