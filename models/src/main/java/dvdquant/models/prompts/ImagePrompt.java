package dvdquant.models.prompts;

import dvdquant.core.image.ImageFit;
import dvdquant.core.image.RgbImage;

import java.util.Optional;

/**
 * The pictures that a clip begins and ends with.
 *
 * @param first frame of the clip; empty where a text says all
 * @param last frame of the clip
 * @param fit how pictures become frames
 */
public record ImagePrompt(Optional<RgbImage> first, Optional<RgbImage> last, ImageFit fit) {
    /** No picture. */
    public static final ImagePrompt NONE = new ImagePrompt(Optional.empty(), Optional.empty(), ImageFit.STRETCH);

    /**
     * A picture to begin with, stretched to the clip's size.
     *
     * @param image of any size
     * @return without a last one
     */
    public static ImagePrompt of(RgbImage image) {
        return new ImagePrompt(Optional.of(image), Optional.empty(), ImageFit.STRETCH);
    }

    /**
     * The same with a picture to end with.
     *
     * @param image of any size
     * @return a copy
     */
    public ImagePrompt withLast(RgbImage image) {
        return new ImagePrompt(first, Optional.of(image), fit);
    }

    /**
     * The same, whose pictures become frames in another way.
     *
     * @param by the way
     * @return a copy
     */
    public ImagePrompt withFit(ImageFit by) {
        return new ImagePrompt(first, last, by);
    }

    /**
     * Whether there is nothing to encode.
     *
     * @return whether there is no picture
     */
    public boolean isEmpty() {
        return first.isEmpty() && last.isEmpty();
    }
}
