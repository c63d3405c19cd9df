package dvdquant.core.image;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.util.List;

/**
 * What CLIP's vision encoder reads of a picture: resized so that its shorter side has a length, its middle cropped, normalized by color.
 *
 * @param shortestEdge pixels
 * @param crop at most {@code shortestEdge} pixels a side
 * @param normalization from bytes to what the encoder reads
 * @see <a href="https://github.com/huggingface/transformers">transformers, CLIPImageProcessor</a>
 */
public record ClipImageProcessor(int shortestEdge, ImageSize crop, ChannelNormalization normalization) {
    private static final List<String> CLASSES = List.of("CLIPImageProcessor", "CLIPImageProcessorFast");
    private static final int BICUBIC = 3;
    private static final List<String> STEPS = List.of("do_convert_rgb", "do_resize", "do_center_crop", "do_rescale",
            "do_normalize");

    /**
     * {@return what a configuration asks for}
     *
     * @param config {@code preprocessor_config.json}
     * @throws InputException if it asks for anything else than the above
     */
    public static ClipImageProcessor of(JsonFile config) {
        if (!CLASSES.contains(config.text("image_processor_type"))) {
            throw config.unexpected("image_processor_type", "\"CLIPImageProcessor\": no other is supported");
        }
        for (String step : STEPS) {
            if (!config.flag(step, true)) throw config.unexpected(step, "true");
        }
        if (config.integer("resample", BICUBIC) != BICUBIC) throw config.unexpected("resample", "3 (bicubic)");
        if (Math.abs(config.number("rescale_factor", 1 / 255.0) * 255 - 1) > 1e-6) {
            throw config.unexpected("rescale_factor", "1/255");
        }
        int shortestEdge = config.object("size").size("shortest_edge");
        JsonFile crop = config.object("crop_size");
        var size = new ImageSize(crop.size("width"), crop.size("height"));
        if (Math.max(size.width(), size.height()) > shortestEdge) {
            throw config.unexpected("crop_size", "at most the shortest_edge of " + shortestEdge);
        }
        return new ClipImageProcessor(shortestEdge, size,
                new ChannelNormalization(colors(config, "image_mean"), deviations(config)));
    }

    private static List<Float> deviations(JsonFile config) {
        List<Float> deviations = colors(config, "image_std");
        if (deviations.stream().anyMatch(value -> !(value > 0))) {
            throw config.unexpected("image_std", "three numbers above 0");
        }
        return deviations;
    }

    private static List<Float> colors(JsonFile config, String key) {
        List<Float> values = config.numbers(key).stream().map(Double::floatValue).toList();
        if (values.size() != 3) throw config.unexpected(key, "three numbers");
        return values;
    }

    /**
     * {@return what the encoder reads, [3, crop height, crop width]}
     *
     * @param image of any size
     * @throws InputException if it is so long and thin that it cannot be resized
     */
    public float[] pixelValues(RgbImage image) {
        int shorter = Math.min(image.width(), image.height());
        var resized = new ImageSize(scaled(image.width(), shorter), scaled(image.height(), shorter));
        return normalization.apply(Resampling.TORCHVISION_BICUBIC.resize(image, resized).centerCrop(crop));
    }

    /** Rounded down, as the reference does. */
    private int scaled(int side, int shorter) {
        return Math.toIntExact((long) side * shortestEdge / shorter);
    }
}
