package dvdquant.models.given;

import dvdquant.core.image.ImageFit;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.ImagePrompt;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What was asked of a clip's size.
 *
 * @param frames empty: the model's own number
 * @param height in pixels; empty: the model's own, or as the picture's shape has it
 * @param width as {@code height}
 */
public record AskedSize(OptionalInt frames, OptionalInt height, OptionalInt width) {
    /** Nothing. */
    public static final AskedSize NONE = new AskedSize(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

    /**
     * The size of a clip. With a picture to begin with, or else to end with, what is not asked for follows its shape: both sides at the
     * area of the model's own clips, one side by the other. If both are asked for, the fit says whether they are the clip's
     * sides or its area.
     */
    public ClipSize of(VideoPipeline pipeline, ImagePrompt images) {
        GenerationDefaults own = pipeline.defaults();
        int ownFrames = frames.orElse(own.frames());
        Optional<RgbImage> image = images.first().or(images::last);
        if (image.isEmpty()) return new ClipSize(ownFrames, height.orElse(own.height()), width.orElse(own.width()));
        if (height.isEmpty() && width.isEmpty()) return pipeline.sizeFor(image.get()).withFrames(ownFrames);
        if (height.isPresent() && width.isPresent()) {
            return both(ownFrames, image.get(), images.fit(), pipeline.sideMultiple());
        }
        double aspect = (double) image.get().width() / image.get().height();
        int multiple = pipeline.sideMultiple();
        return height.isPresent()
                ? new ClipSize(ownFrames, height.getAsInt(), side(height.getAsInt() * aspect, multiple))
                : new ClipSize(ownFrames, side(width.getAsInt() / aspect, multiple), width.getAsInt());
    }

    private ClipSize both(int frames, RgbImage image, ImageFit fit, int multiple) {
        var asked = new ClipSize(frames, height.getAsInt(), width.getAsInt());
        if (fit != ImageFit.AREA || asked.height() < 1 || asked.width() < 1) return asked; // what is no size, the model tells of
        ImageSize size = fit.clipSize(image, new ImageSize(asked.width(), asked.height()), multiple);
        return new ClipSize(frames, size.height(), size.width());
    }

    /** The nearest multiple. */
    private static int side(double length, int multiple) {
        return Math.toIntExact(Math.max(1, Math.round(length / multiple)) * multiple);
    }
}
