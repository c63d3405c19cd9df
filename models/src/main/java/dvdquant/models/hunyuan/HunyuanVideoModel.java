package dvdquant.models.hunyuan;

import dvdquant.core.json.JsonFile;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.hunyuan.vae.HunyuanVideoVae;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.schedule.FlowMatchEulerDiscreteScheduler;
import dvdquant.models.schedule.FlowMatchEulerDiscreteScheduler.Spacing;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.text.ClipTextConfig;
import dvdquant.models.text.LlamaConfig;
import dvdquant.models.vae.LatentGeometry;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * A HunyuanVideo model, by its configurations.
 *
 * @param folder of the model
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/hunyuan_video/pipeline_hunyuan_video.py">
 *      diffusers, HunyuanVideoPipeline</a>
 */
record HunyuanVideoModel(Path folder, HunyuanVideoConfig transformer, LlamaConfig llama, ClipTextConfig clip,
        HunyuanVideoVae autoencoder, Scheduler scheduler) implements DiffusionModel {
    static HunyuanVideoModel read(Path folder) {
        return new HunyuanVideoModel(folder, HunyuanVideoConfig.read(folder.resolve(TRANSFORMER)),
                LlamaConfig.read(folder.resolve(HunyuanVideoTexts.TEXT_ENCODER)),
                ClipTextConfig.read(folder.resolve(HunyuanVideoTexts.TEXT_ENCODER_2)),
                HunyuanVideoVae.read(folder.resolve(HunyuanVideoFamily.VAE)),
                scheduler(folder.resolve(HunyuanVideoFamily.SCHEDULER)));
    }

    private static Scheduler scheduler(Path folder) {
        if (Scheduler.read(folder) instanceof FlowMatchEulerDiscreteScheduler euler) {
            return euler.withSpacing(Spacing.TO_ZERO);
        }
        throw JsonFile.read(folder.resolve("scheduler_config.json")).unexpected("_class_name",
                "\"FlowMatchEulerDiscreteScheduler\": HunyuanVideo is supported with no other");
    }

    @Override
    public LatentGeometry geometry() {
        return autoencoder.geometry().withPatches(transformer.patches().rows(), transformer.patches().columns());
    }

    @Override
    public TransformerSizes sizes(String component) {
        return transformer;
    }

    @Override
    public HunyuanVideoTransformer transformer(String component, LayerLoader layers) {
        return HunyuanVideoTransformer.load(transformer, layers);
    }

    @Override
    public long textLayerBytes(int bytesAWeight) {
        return Math.max(llama.layerBytes(bytesAWeight), clip.layerBytes(bytesAWeight));
    }

    @Override
    public TokenizedTexts tokenize(List<String> texts, Consumer<String> warnings) {
        return HunyuanVideoTexts.tokenize(folder, texts, warnings);
    }

    @Override
    public TeaCachePlan teaCache(TeaCache option) {
        return HunyuanVideoTeaCache.of(option, transformer);
    }
}
