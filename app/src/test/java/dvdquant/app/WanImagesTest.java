package dvdquant.app;

import dvdquant.models.testing.RuledModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Small random models of Wan's layouts that take pictures, as a user runs them. */
class WanImagesTest {
    private static final Path PICTURES = Path.of(System.getProperty("project.root"))
            .resolve("video/src/test/resources/images");
    private static final String FIRST = PICTURES.resolve("444.jpg").toString();
    private static final String LAST = PICTURES.resolve("lossless.webp").toString();

    @TempDir
    Path folder;

    private CommandRun generate(Path model, String clip, String... flags) {
        var arguments = new ArrayList<>(List.of("generate", model.toString(), "-p", "a ball", "--steps", "2",
                "--frames", "5", "-o", folder.resolve(clip).toString()));
        arguments.addAll(List.of(flags));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({"wan21-i2v, false, 16", "wan21-flf2v, true, 16", "wan22-i2v-a14b, false, 16",
            "wan22-ti2v-5b, false, 32"})
    void clipsBeginAndEndWithPictures(String name, boolean withLast, int multiple) throws IOException {
        Path model = RuledModel.write(name, folder);
        var flags = new ArrayList<>(List.of("--image", FIRST, "--height", "64"));
        if (withLast) flags.addAll(List.of("--last-image", LAST));
        CommandRun run = generate(model, "a.apng", flags.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("images");
        assertThat(run.err()).containsPattern("5 frames of \\d+×64");
        int width = Integer.parseInt(run.err().replaceAll("(?s).*?5 frames of (\\d+)×64.*", "$1"));
        assertThat(width % multiple).isZero();
        assertThat(folder.resolve("a.apng.json")).content().contains("\"image\" : \"" + FIRST + "\"");

        flags.set(1, PICTURES.resolve("gray.jpg").toString());
        flags.addAll(List.of("--width", Integer.toString(width)));
        assertThat(generate(model, "b.apng", flags.toArray(String[]::new)).exit()).isZero();
        assertThat(Files.readAllBytes(folder.resolve("b.apng"))).as("another picture")
                .isNotEqualTo(Files.readAllBytes(folder.resolve("a.apng")));
    }

    @Test
    void aPictureThatIsMissingIsToldBeforeAnythingIsEncoded() {
        CommandRun run = generate(RuledModel.write("wan21-i2v", folder), "a.apng", "--height", "64", "--width", "64");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).hasLineCount(1).contains("--image: none, expected one");
    }

    @Test
    void aModelOfPicturesIsCalibratedAndComparedWithThem() throws IOException {
        Path model = RuledModel.write("wan21-i2v", folder);
        Path lines = Files.writeString(folder.resolve("lines.txt"), "image=" + FIRST + " a ball\n");
        Path quantized = folder.resolve("quantized");
        CommandRun made = CommandRun.of("quantize", model.toString(), "-o", quantized.toString(), "--method",
                "smoothquant", "--calibration-prompts", lines.toString(), "--calibration-steps", "1",
                "--calibration-size", "64x64x5");
        assertThat(made.exit()).as(made.err()).isZero();
        CommandRun compared = CommandRun.of("compare", model.toString(), quantized.toString(), "--prompts",
                lines.toString(), "--steps", "2", "--frames", "5", "--height", "64", "--width", "64", "-o",
                folder.resolve("report").toString());
        assertThat(compared.exit()).as(compared.err()).isZero();
        assertThat(folder.resolve("report/index.html")).content().contains("first frame: 444.jpg");
    }
}
