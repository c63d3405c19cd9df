package dvdquant.app.options;

import dvdquant.core.image.ImageFit;
import dvdquant.models.given.GivenImage;
import dvdquant.models.given.GivenImages;
import dvdquant.models.given.GivenImages.Place;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.given.ImageReader;
import dvdquant.models.given.PromptFile;
import dvdquant.video.image.ImageFile;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The pictures that clips begin and end with, for one prompt or for a file of prompts. */
public final class ImageOptions {
    private static final String IMAGE = "--image";
    private static final String LAST_IMAGE = "--last-image";

    @Option(names = IMAGE, paramLabel = "FILE", description = "Begin the clip with this picture (PNG, JPEG or WebP), if the model takes one; in a file of prompts a line can begin with image=FILE. Of --height and --width, what is not given follows its shape.")
    private Path image;

    @Option(names = LAST_IMAGE, paramLabel = "FILE", description = "End it with this one, if the model takes one; in a file of prompts last=FILE.")
    private Path lastImage;

    @Option(names = "--image-fit", paramLabel = "stretch|crop|area", defaultValue = "stretch", description = "How a picture becomes a frame of --height and --width: stretched, cropped to their shape, or the frame takes on its shape at their area (default: stretch).")
    private ImageFit fit;

    private final ImageReader reader = new ImageReader(ImageFile::read);

    /**
     * The prompt, or those of the file; all pictures are read.
     *
     * @param prompt null: they are in the file
     * @throws dvdquant.core.InputException which names the flag or the line, if a file is no picture
     */
    public List<GivenPrompt> read(String prompt, Path file) {
        return prompt == null ? PromptFile.read(file, images(), reader) : List.of(new GivenPrompt(prompt, images()));
    }

    /**
     * The same, where each prompt makes one clip that counts.
     *
     * @param cleaned what the model's text encoders are given of a prompt
     */
    public List<GivenPrompt> readDistinct(String prompt, Path file, UnaryOperator<String> cleaned) {
        return prompt == null ? PromptFile.readDistinct(file, images(), reader, cleaned) : read(prompt, file);
    }

    private GivenImages images() {
        return new GivenImages(Place.of(IMAGE, Optional.ofNullable(image), reader),
                Place.of(LAST_IMAGE, Optional.ofNullable(lastImage), reader), fit);
    }

    /** What was read. */
    public static FilePairs addTo(FilePairs files, List<GivenPrompt> prompts) {
        prompts.stream().map(GivenPrompt::images).flatMap(images -> Stream.of(images.first(), images.last()))
                .flatMap(place -> place.image().stream()).map(GivenImage::file).distinct()
                .forEach(file -> files.reads("the image", file));
        return files;
    }
}
