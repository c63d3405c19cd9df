package dvdquant.models.given;

import dvdquant.core.image.ImageFit;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.prompts.ImagePrompt;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The pictures that a clip is to begin and end with, as the user named them.
 *
 * @param fit how they become frames
 */
public record GivenImages(Place first, Place last, ImageFit fit) {
    /** None, and no place to name one. */
    public static final GivenImages NONE = new GivenImages(new Place("image", Optional.empty()),
            new Place("last image", Optional.empty()), ImageFit.STRETCH);

    /**
     * Where the user can name a picture.
     *
     * @param name for errors, such as {@code --image}
     * @param image empty if none is named there
     */
    public record Place(String name, Optional<GivenImage> image) {
        /** @throws dvdquant.core.InputException if there is a file, and it is no picture */
        public static Place of(String name, Optional<Path> file, ImageReader reader) {
            return new Place(name, file.map(path -> reader.read(name, path)));
        }

        Place or(Place other) {
            return image.isEmpty() && other.image.isPresent() ? other : this;
        }

        /** Such as {@code --image cat.png}. */
        private String label() {
            return image.map(given -> name + " " + given.file()).orElse(name);
        }
    }

    public boolean isEmpty() {
        return first.image.isEmpty() && last.image.isEmpty();
    }

    /** As a model takes them. */
    public ImagePrompt prompt() {
        return new ImagePrompt(first.image.map(GivenImage::image), last.image.map(GivenImage::image), fit);
    }

    /** @throws dvdquant.core.InputException which names the place and the file, if a model of that input does not take them */
    public void check(ImageInput input) {
        input.check(prompt(), first.label(), last.label());
    }

    /** By what stands in the files and not by their names; for fingerprints. */
    public String contents() {
        return "first " + contents(first) + ", last " + contents(last) + ", " + label(fit);
    }

    private static String contents(Place place) {
        return place.image.map(GivenImage::sha256).orElse("none");
    }

    /** For manifests: the files, their sums and sizes, and the fit; nothing if there is no picture. */
    public SequencedMap<String, Object> facts() {
        var facts = new LinkedHashMap<String, Object>();
        first.image.ifPresent(image -> put(facts, "image", image));
        last.image.ifPresent(image -> put(facts, "last_image", image));
        if (!isEmpty()) facts.put("image_fit", label(fit));
        return facts;
    }

    private static void put(SequencedMap<String, Object> facts, String key, GivenImage image) {
        facts.put(key, image.file().toString());
        facts.put(key + "_sha256", image.sha256());
        facts.put(key + "_size", image.image().size().toString());
    }

    private static String label(ImageFit fit) {
        return fit.name().toLowerCase(Locale.ROOT);
    }
}
