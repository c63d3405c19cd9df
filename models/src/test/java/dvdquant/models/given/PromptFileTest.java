package dvdquant.models.given;

import dvdquant.core.InputException;
import dvdquant.core.image.ImageFit;
import dvdquant.core.image.RgbImage;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.hunyuan.HunyuanVideoFamily;
import dvdquant.models.wan.WanFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PromptFileTest {
    private static final ModelFamily HUNYUAN_VIDEO = new HunyuanVideoFamily();

    @TempDir
    Path folder;

    private final List<Path> decoded = new ArrayList<>();

    /** Of a file with as many bytes as the picture has pixels in a row. */
    private RgbImage decode(Path file) {
        decoded.add(file);
        try {
            int width = Files.readAllBytes(file).length;
            return new RgbImage(width, 1, new byte[3 * width]);
        } catch (IOException e) {
            throw new InputException("cannot read the image " + file + ": no such file", e);
        }
    }

    private Path write(String lines) throws IOException {
        return Files.writeString(folder.resolve("prompts.txt"), lines);
    }

    private List<GivenPrompt> read(Path file) {
        return PromptFile.read(file, GivenImages.NONE, new ImageReader(this::decode));
    }

    private List<GivenPrompt> readDistinct(Path file) {
        return readDistinct(file, WanFamily.OF_TEXT);
    }

    private List<GivenPrompt> readDistinct(Path file, ModelFamily family) {
        return PromptFile.readDistinct(file, GivenImages.NONE, new ImageReader(this::decode), family::cleaned);
    }

    @Test
    void readsWhatWindowsEditorsWrite() throws IOException {
        Path file = write("\uFEFFa red ring\r\n\r\n a blue star \r\n");
        assertThat(read(file)).extracting(GivenPrompt::text).containsExactly("a red ring", "a blue star");
    }

    @Test
    void refusesAFileThatIsNoListOfPrompts() throws IOException {
        Path file = folder.resolve("video.mp4");
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(17 << 20);
        }
        assertThatThrownBy(() -> read(file)).isInstanceOf(InputException.class)
                .hasMessageEndingWith("video.mp4: 17825792 bytes, expected a file of prompts of 16 MiB at most");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a red ball", "a  red ball", "a red&#32;ball", "a\tred ball", "a &#114;ed ball"})
    void refusesAPromptThatIsThereTwiceAsTheModelReadsIt(String again) throws IOException {
        Path file = write("a red ball\na blue box\n" + again + "\n");
        assertThatThrownBy(() -> readDistinct(file)).isInstanceOf(InputException.class)
                .hasMessageContaining("prompts.txt: holds \"a red ball\"")
                .hasMessageContaining("expected prompts that differ");
        assertThat(read(file)).hasSize(3);
    }

    @Test
    void takesPromptsThatDiffer() throws IOException {
        Path file = write("a red ball\na Red ball\na red ball.\n");
        assertThat(readDistinct(file)).hasSize(3);
    }

    /** HunyuanVideo's pipeline cleans nothing: its language model reads spaces and references as they are. */
    @Test
    void whatAPipelineDoesNotCleanDiffers() throws IOException {
        Path file = write("a red ball\na  red ball\na red&#32;ball\n");
        assertThat(readDistinct(file, HUNYUAN_VIDEO)).hasSize(3);
        write("a red ball\na blue box\na red ball\n");
        assertThatThrownBy(() -> readDistinct(file, HUNYUAN_VIDEO)).isInstanceOf(InputException.class)
                .hasMessageContaining("holds \"a red ball\" twice");
    }

    @Test
    void aLineBeginsWithItsPictures() throws IOException {
        Files.writeString(folder.resolve("cat.png"), "12345");
        Files.writeString(folder.resolve("my dog.png"), "123");
        Path file = write("a ring\nimage=cat.png a cat, image=x\nlast=\"my dog.png\"  image=\"cat.png\" E = mc²\n");
        List<GivenPrompt> prompts = read(file);
        assertThat(prompts).extracting(GivenPrompt::text).containsExactly("a ring", "a cat, image=x", "E = mc²");
        assertThat(prompts.getFirst().images().isEmpty()).isTrue();
        assertThat(prompts.get(1).prompt().images().first().orElseThrow().width()).isEqualTo(5);
        assertThat(prompts.get(1).prompt().images().last()).isEmpty();
        assertThat(prompts.get(2).images().facts()).containsEntry("last_image", folder.resolve("my dog.png").toString())
                .containsEntry("last_image_size", "3×1").containsEntry("image_size", "5×1")
                .containsEntry("image_sha256", "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5")
                .containsEntry("image_fit", "stretch");
        assertThat(decoded).as("each once").hasSize(2);
    }

    @Test
    void linesWithoutAPictureTakeTheOthers() throws IOException {
        Path own = Files.writeString(folder.resolve("own.png"), "12");
        Path common = Files.writeString(folder.resolve("common.png"), "1234");
        var reader = new ImageReader(this::decode);
        var others = new GivenImages(GivenImages.Place.of("--image", Optional.of(common), reader),
                GivenImages.NONE.last(), ImageFit.CROP);
        List<GivenPrompt> prompts = PromptFile.read(write("a cat\nimage=own.png a dog\n"), others, reader);
        assertThat(prompts).extracting(prompt -> prompt.images().first().image().orElseThrow().file())
                .containsExactly(common, own);
        assertThat(prompts).allMatch(prompt -> prompt.images().fit() == ImageFit.CROP);
    }

    @Test
    void oneTextWithTwoPicturesIsTwoPrompts() throws IOException {
        Files.writeString(folder.resolve("a.png"), "12");
        Files.writeString(folder.resolve("b.png"), "123");
        Files.writeString(folder.resolve("again.png"), "12");
        assertThat(readDistinct(write("image=a.png it moves\nimage=b.png it moves\n"))).hasSize(2);
        assertThatThrownBy(() -> readDistinct(write("image=a.png it moves\nimage=again.png it moves\n")))
                .as("the same picture by another name").hasMessageContaining("holds \"it moves\" twice");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            image=none.png a cat         | , image: cannot read the image FOLDER/none.png: no such file
            last=none.png a cat          | , last: cannot read the image FOLDER/none.png: no such file
            img=cat.png a cat            | : begins with 'img=', expected image=FILE, last=FILE or a prompt
            Image=cat.png a cat          | : begins with 'Image=', expected image=FILE
            e=mc² on a board             | : begins with 'e=', expected image=FILE
            image="cat.png a cat         | : image= is followed by '"cat.png a cat', expected a file, between quotes
            image="cat.png"a cat         | : image= is followed by '"cat.png"a cat', expected a file, between quotes
            image="" a cat               | : image= is followed by '"" a cat', expected a file
            image=cat.png                | : there is no prompt after the files, expected one
            image=cat.png image=cat.png x| : holds image= twice, expected it once
            image=thin.png a cat         | , image: the image FOLDER/thin.png has 101×1 pixels, expected one whose longer side is 100 times
            """)
    void aLineThatIsNotAsExpectedIsNamed(String line, String message) throws IOException {
        Files.writeString(folder.resolve("cat.png"), "12345");
        Files.writeString(folder.resolve("thin.png"), "1".repeat(101));
        Path file = write("a ring\n\n" + line + "\n");
        assertThatThrownBy(() -> read(file)).isInstanceOf(InputException.class).hasMessageNotContaining("\n")
                .hasMessageStartingWith(file + ", line 3" + message.replace("FOLDER", folder.toString()));
    }

    @Test
    void picturesThatFillTheHeapAreRefused() throws IOException {
        Files.writeString(folder.resolve("a.png"), "12");
        Files.writeString(folder.resolve("b.png"), "123");
        Path file = write("image=a.png a\nimage=b.png b\n");
        assertThatThrownBy(() -> PromptFile.read(file, GivenImages.NONE, new ImageReader(this::decode, 14)))
                .hasMessageStartingWith(file + ", line 2, image: with the image " + folder.resolve("b.png")
                        + " the pictures take");
        assertThat(PromptFile.read(file, GivenImages.NONE, new ImageReader(this::decode, 15))).hasSize(2);
    }
}
