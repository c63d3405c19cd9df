package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.image.ClipImageProcessor;
import dvdquant.core.image.RgbImage;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.images.ImageConditioning.Pictured;
import dvdquant.models.encoder.LayerListener;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.vision.ClipVisionConfig;
import dvdquant.models.vision.ClipVisionEncoder;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.natives.MappedBlocks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The image encoder of Wan2.1: what it makes of the pictures as they were given, whatever the clip's size.
 *
 * @param folder of the encoder
 */
record ImageStates(Path folder, ClipVisionConfig config, ClipImageProcessor processor) {
    /** @throws InputException if the transformer reads other states */
    static ImageStates read(Path model, ImageEmbedderConfig embedder) {
        Path folder = model.resolve(WanFamily.IMAGE_ENCODER);
        ClipVisionConfig config = ClipVisionConfig.read(folder);
        int positions = embedder.positions().orElse(2 * config.tokens());
        if (config.encoder().width() != embedder.width() || 2 * config.tokens() != positions) {
            throw new InputException(folder.resolve("config.json") + ": makes " + config.tokens() + " states of "
                    + config.encoder().width() + " channels of a picture, expected " + positions / 2 + " of "
                    + embedder.width() + ", as the transformer reads them (image_dim, pos_embed_seq_len)");
        }
        return new ImageStates(folder, config, config.processor(model.resolve(WanFamily.IMAGE_PROCESSOR)));
    }

    /** That run. */
    int layers() {
        return config.encoder().layers() - 1;
    }

    /** The next layer is read from the disk while one is computed. */
    Need need(ElementType type) {
        return new Need("layers of the image encoder", 2 * config.layerBytes(type.sizeBytes()),
                "images are encoded layer by layer already");
    }

    /** @return of each clip the states of its pictures, one after the other, [tokens, width] */
    List<ConditioningTensor> encode(List<Pictured> clips, TensorSource.Opener sources, ElementType type,
            ComputeDevice device, LayerListener listener) {
        List<float[]> pictures = clips.stream().flatMap(clip -> pictures(clip.images())).map(processor::pixelValues)
                .toList();
        try (var _ = MappedBlocks.open(device.device().isCpu());
                var encoder = ClipVisionEncoder.open(folder, sources, type, device);
                var _ = TensorScope.open()) {
            List<Tensor> states = encoder.encode(pictures, listener);
            var results = new ArrayList<ConditioningTensor>();
            int from = 0;
            for (Pictured clip : clips) {
                int count = Math.toIntExact(pictures(clip.images()).count());
                results.add(ConditioningTensor.of(Tensor.cat(states.subList(from, from + count), 0)));
                from += count;
            }
            return results;
        }
    }

    private static Stream<RgbImage> pictures(ImagePrompt images) {
        return Stream.concat(images.first().stream(), images.last().stream());
    }
}
