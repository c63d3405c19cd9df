package dvdquant.models.vision;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.image.ClipImageProcessor;
import dvdquant.core.image.ImageSize;
import dvdquant.core.json.JsonFile;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.encoder.ClipLayer;
import dvdquant.models.nn.LayerSource;

import java.nio.file.Path;
import java.util.List;

/**
 * A CLIP vision model's sizes, from {@code image_encoder/config.json}.
 *
 * @param imageSize {@code image_size}: pixels a side
 * @param patch {@code patch_size}: pixels a side, of which each patch is a token
 */
public record ClipVisionConfig(ClipEncoderConfig encoder, int imageSize, int patch) {
    static final String PREFIX = "vision_model.";
    static final int CHANNELS = 3;

    /** CLIP ViT-H/14 as LAION trained it: Wan2.1's. */
    public static final ClipVisionConfig VIT_H_14 = new ClipVisionConfig(
            new ClipEncoderConfig(1280, 16, 5120, 32, false, 1e-5, false), 224, 14);

    /** @throws dvdquant.core.InputException if the configuration is not that of a CLIP vision model */
    public static ClipVisionConfig read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        if (!config.text("model_type").equals("clip_vision_model")) {
            throw config.unexpected("model_type", "\"clip_vision_model\": no other image encoder is supported");
        }
        if (config.integer("num_channels", CHANNELS) != CHANNELS) {
            throw config.unexpected("num_channels", "3, of red, green and blue");
        }
        int imageSize = config.size("image_size");
        if ((long) imageSize * imageSize > Integer.MAX_VALUE / CHANNELS) {
            throw config.unexpected("image_size", "an image whose values have place in an array");
        }
        int patch = config.size("patch_size");
        if (imageSize % patch != 0) throw config.unexpected("patch_size", "a divisor of image_size " + imageSize);
        return new ClipVisionConfig(ClipEncoderConfig.of(config, false), imageSize, patch);
    }

    /** What the encoder makes of an image: a state of each patch, and one that stands for all. */
    public int tokens() {
        int side = imageSize / patch;
        return side * side + 1;
    }

    /** The tensors of the model, as transformers names them; without their common prefix they are known, too. */
    public TensorLayout layout() {
        var layout = new TensorLayout();
        var listed = new LayerSource.Listed(layout);
        ClipVisionEmbeddings.load(listed, this);
        for (int i = 0; i < encoder.layers(); i++) {
            ClipLayer.load(listed, encoder, PREFIX, i);
        }
        for (String name : List.copyOf(layout.shapes().keySet())) {
            layout.tied(name, name.substring(PREFIX.length()));
        }
        for (String unread : List.of("embeddings.position_ids", "post_layernorm.weight", "post_layernorm.bias")) {
            layout.mayHave(PREFIX + unread).mayHave(unread);
        }
        return layout.mayHave("visual_projection.weight");
    }

    /** Bytes of a layer, in the type to compute in. */
    public long layerBytes(int bytesAWeight) {
        return encoder.layerBytes(bytesAWeight);
    }

    /**
     * What makes an image's values of a picture.
     *
     * @param folder {@code MODEL/image_processor}
     * @throws dvdquant.core.InputException if it has no settings, or those of another model
     */
    public ClipImageProcessor processor(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("preprocessor_config.json"));
        ClipImageProcessor processor = ClipImageProcessor.of(config);
        if (!processor.crop().equals(new ImageSize(imageSize, imageSize))) {
            throw config.unexpected("crop_size",
                    "the image encoder's image_size, " + imageSize + " pixels of both height and width");
        }
        return processor;
    }
}
