package dvdquant.models.toy;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.tensor.ComputeDevice;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A frame's mean color, which all tokens see; the last picture's counts twice. */
record ToyImages(ImageInput input) implements ImageConditioning {
    static final String COLOR = "color";

    @Override
    public List<Need> needs(ClipSize size, ElementType type, ComputeDevice device, long available) {
        return List.of(new Need("frames of pictures", 3L * size.height() * size.width(), "smaller clips"));
    }

    @Override
    public List<Conditioning> encode(List<Pictured> clips, TensorSource.Opener sources, ElementType type,
            ComputeDevice device, long available, Listener listener) {
        listener.partsDone(0, clips.size());
        var results = new ArrayList<Conditioning>();
        for (Pictured clip : clips) {
            results.add(new Conditioning(Map.of(COLOR, color(clip.images(), clip.size()))));
            listener.partsDone(results.size(), clips.size());
        }
        return results;
    }

    private static ConditioningTensor color(ImagePrompt images, ClipSize size) {
        var color = new float[ToyTransformer.WIDTH];
        List<RgbImage> counted = Stream.of(images.first(), images.last(), images.last()).flatMap(i -> i.stream())
                .toList();
        for (RgbImage image : counted) {
            byte[] pixels = images.fit().fit(image, new ImageSize(size.width(), size.height())).pixels();
            for (int i = 0; i < pixels.length; i++) {
                for (int k = i % 3; k < color.length; k += 3) {
                    color[k] += (pixels[i] & 0xff) / 255f / pixels.length;
                }
            }
        }
        return new ConditioningTensor(Shape.of(1, color.length), color);
    }
}
