package dvdquant.models.prompts;

import dvdquant.core.InputException;

import java.util.Optional;

/**
 * What pictures a model takes.
 *
 * @param first to begin a clip with
 * @param last to end a clip with
 */
public record ImageInput(Use first, Use last) {
    /** Whether there is to be a picture. */
    public enum Use {
        /** There must be none. */
        NONE,
        /** There may be one. */
        OPTIONAL,
        /** There must be one. */
        REQUIRED
    }

    /** Of a model that makes clips of texts alone. */
    public static final ImageInput NONE = new ImageInput(Use.NONE, Use.NONE);

    /**
     * Checks the pictures of a prompt.
     *
     * @param images to be used
     * @throws InputException if one is missing, or one is not used
     */
    public void check(ImagePrompt images) {
        check(images, "image", "last image");
    }

    /**
     * Checks the pictures of a prompt.
     *
     * @param images to be used
     * @param nameOfFirst what errors call the first, such as the flag that gives it
     * @param nameOfLast what they call the last
     * @throws InputException if one is missing, or one is not used
     */
    public void check(ImagePrompt images, String nameOfFirst, String nameOfLast) {
        check(nameOfFirst, "of", first, images.first());
        check(nameOfLast, "up to", last, images.last());
    }

    private static void check(String name, String clip, Use use, Optional<?> image) {
        if (use == Use.REQUIRED && image.isEmpty()) {
            throw new InputException(name + ": none, expected one: this model makes a clip " + clip + " a picture");
        }
        if (use == Use.NONE && image.isPresent()) {
            throw new InputException(name + ": one is given, expected none: this model does not use it");
        }
    }
}
