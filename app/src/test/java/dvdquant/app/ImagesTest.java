package dvdquant.app;

import dvdquant.core.image.RgbImage;
import dvdquant.models.Pipelines;
import dvdquant.models.prompts.ImageInput.Use;
import dvdquant.models.toy.ToyCheckpoint;
import dvdquant.models.toy.ToyFamily;
import dvdquant.video.PngWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

import static org.assertj.core.api.Assertions.assertThat;

/** Pictures on the command line, with models whose clips of 32×48 may, must or cannot begin with one. */
class ImagesTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));

    @TempDir
    Path folder;

    private Path optional;
    private Path required;
    private Path ofTexts;

    @BeforeEach
    void write() throws IOException {
        optional = ToyCheckpoint.write(folder.resolve("optional"), Use.OPTIONAL);
        required = ToyCheckpoint.write(folder.resolve("required"), Use.REQUIRED);
        ofTexts = ToyCheckpoint.write(folder.resolve("texts"), false);
        picture("cat.png", 30, 10, 40);
        picture("my dog.png", 10, 30, 200);
        picture("dot.png", 1, 1, 100);
        picture("line.png", 10_000, 1, 100);
        Files.writeString(folder.resolve("text.png"), "a cat");
        byte[] jpeg = Files.readAllBytes(ROOT.resolve("video/src/test/resources/images/420.jpg"));
        Files.write(folder.resolve("half.jpg"), Arrays.copyOf(jpeg, jpeg.length / 2));
        Files.write(folder.resolve("huge.png"), hugePng());
        Files.createDirectory(folder.resolve("folder.png"));
    }

    private void picture(String name, int width, int height, int level) throws IOException {
        var pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) level);
        Files.write(folder.resolve(name), PngWriter.encode(new RgbImage(width, height, pixels)));
    }

    /** Of 10⁹ pixels, by its header. */
    private static byte[] hugePng() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeLong(0x89504e470d0a1a0aL);
        chunk(out, "IHDR", new byte[]{0, 0, 0x7a, 0x12, 0, 0, 0x7a, 0x12, 8, 2, 0, 0, 0});
        chunk(out, "IDAT", new byte[0]);
        chunk(out, "IEND", new byte[0]);
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
        out.writeInt(data.length);
        var sum = new CRC32();
        sum.update(type.getBytes(StandardCharsets.US_ASCII));
        sum.update(data);
        out.writeBytes(type);
        out.write(data);
        out.writeInt((int) sum.getValue());
    }

    private CommandRun run(String command, Path model, String... flags) {
        var arguments = new ArrayList<>(List.of(command, model.toString()));
        for (String flag : flags) {
            arguments.add(flag.replace("DIR", folder.toString()));
        }
        return Pipelines.alsoOf(List.of(new ToyFamily()), () -> CommandRun.of(arguments.toArray(String[]::new)));
    }

    private CommandRun generate(Path model, String output, String... flags) {
        var all = new ArrayList<>(List.of("--steps", "2", "-o", "DIR/" + output));
        all.addAll(List.of(flags));
        return run("generate", model, all.toArray(String[]::new));
    }

    private void assertRefused(CommandRun run, String message) {
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).hasLineCount(1).contains(message.replace("DIR", folder.toString()));
        assertThat(folder.resolve("c.apng")).doesNotExist();
    }

    private JsonNode json(String name) {
        return JsonMapper.shared().readTree(folder.resolve(name).toFile());
    }

    @Test
    void aClipBeginsWithAPicture() throws IOException {
        CommandRun run = generate(optional, "a.apng", "-p", "a ball", "--image", "DIR/cat.png", "--save-latents",
                "DIR/a.safetensors");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("images 1/1", "memory: images", "5 frames of 68×20");
        JsonNode manifest = json("a.apng.json");
        assertThat(manifest.get("image").asString()).isEqualTo(folder.resolve("cat.png").toString());
        assertThat(manifest.get("image_sha256").asString()).hasSize(64);
        assertThat(manifest.get("image_size").asString()).isEqualTo("30×10");
        assertThat(manifest.get("image_fit").asString()).isEqualTo("stretch");
        assertThat(manifest.get("width").asInt()).isEqualTo(68);
        assertThat(Files.readString(folder.resolve("a.safetensors"), StandardCharsets.ISO_8859_1))
                .contains(manifest.get("image_sha256").asString());
        assertThat(generate(optional, "b.apng", "-p", "a ball", "--height", "20", "--width", "68").exit()).isZero();
        assertThat(folder.resolve("b.apng.json")).content().doesNotContain("image");
        assertThat(Files.readAllBytes(folder.resolve("b.apng"))).isNotEqualTo(
                Files.readAllBytes(folder.resolve("a.apng")));
    }

    @ParameterizedTest
    @CsvSource({"dot.png, stretch, 36×36", "dot.png, crop, 36×36", "cat.png, area, 68×20"})
    void sizesFollowThePicture(String file, String fit, String size) {
        CommandRun run = generate(optional, "c.apng", "-p", "a ball", "--image", "DIR/" + file, "--image-fit", fit);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("5 frames of " + size);
    }

    @ParameterizedTest
    @CsvSource({"stretch, 48×32", "crop, 48×32", "area, 68×20"})
    void ofTwoSidesTheFitDecides(String fit, String size) {
        CommandRun run = generate(optional, "c.apng", "-p", "a ball", "--image", "DIR/cat.png", "--image-fit", fit,
                "--height", "32", "--width", "48");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("5 frames of " + size);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            half.jpg   | the image DIR/half.jpg: it is cut off
            text.png   | the image DIR/text.png: it is not a PNG, JPEG or WebP picture
            huge.png   | the image DIR/huge.png: 31250×31250 pixels, expected at most 178956970 in all
            folder.png | the image DIR/folder.png: it is not a file
            none.png   | the image DIR/none.png: no such file or folder
            line.png   | the image DIR/line.png has 10000×1 pixels, expected one whose longer side is 100 times the other at most
            """)
    void whatIsNoPictureIsNamedWithItsFlagOrItsLine(String file, String message) throws IOException {
        assertRefused(generate(optional, "c.apng", "-p", "a ball", "--image", "DIR/" + file), message);
        CommandRun last = generate(required, "c.apng", "-p", "a ball", "--image", "DIR/cat.png", "--last-image",
                "DIR/" + file);
        assertRefused(last, message);
        assertThat(last.err()).contains("--last-image: ");
        Files.writeString(folder.resolve("prompts.txt"), "image=cat.png a\nimage=" + file + " b\n");
        CommandRun lines = generate(optional, "clips/", "--prompts", "DIR/prompts.txt");
        assertRefused(lines, message);
        assertThat(lines.err()).contains("prompts.txt, line 2, image: ");
        assertThat(folder.resolve("clips")).as("nothing is begun").doesNotExist();
    }

    @Test
    void modelsThatTakeNoneOrWantOneSaySo() throws IOException {
        assertRefused(generate(ofTexts, "c.apng", "-p", "a", "--image", "DIR/cat.png"),
                "--image DIR/cat.png: one is given, expected none: this model does not use it");
        assertRefused(generate(required, "c.apng", "-p", "a"),
                "--image: none, expected one: this model makes a clip of a picture");
        assertRefused(generate(optional, "c.apng", "-p", "a", "--image", "DIR/cat.png", "--last-image", "DIR/dot.png"),
                "--last-image DIR/dot.png: one is given, expected none: this model does not use it");
        Files.writeString(folder.resolve("prompts.txt"), "image=cat.png a\nb\n");
        assertRefused(generate(required, "clips/", "--prompts", "DIR/prompts.txt"),
                "prompts.txt, line 2, image: none, expected one: this model makes a clip of a picture");
        assertRefused(generate(ofTexts, "clips/", "--prompts", "DIR/prompts.txt"),
                "prompts.txt, line 1, image DIR/cat.png: one is given, expected none");
        assertRefused(run("evaluate", ofTexts, "--prompts", "DIR/prompts.txt", "--methods", "minmax", "-o", "DIR/r"),
                "prompts.txt, line 1, image DIR/cat.png: one is given, expected none");
        assertRefused(run("compare", ofTexts, ofTexts.toString(), "-p", "a", "--image", "DIR/cat.png", "-o", "DIR/r"),
                "--image DIR/cat.png: one is given, expected none");
        assertThat(folder.resolve("r")).doesNotExist();
        assertRefused(run("inspect", Path.of("activations"), required.toString(), "-p", "a", "-o", "DIR/r"),
                "image: none, expected one: this model makes a clip of a picture");
        assertRefused(generate(optional, "cat.png/", "-p", "a", "--image", "DIR/cat.png/frame"), "cannot read");
    }

    @Test
    void aPictureIsNeverOverwritten() throws IOException {
        byte[] before = Files.readAllBytes(folder.resolve("cat.png"));
        Files.createSymbolicLink(folder.resolve("link.apng"), folder.resolve("cat.png"));
        assertRefused(generate(optional, "link.apng", "-p", "a", "--image", "DIR/cat.png"), "the image is read there");
        assertThat(folder.resolve("cat.png")).hasBinaryContent(before);
    }

    @Test
    void linesOfAFileHavePicturesOfTheirOwn() throws IOException {
        Files.createDirectory(folder.resolve("in"));
        Files.writeString(folder.resolve("in/prompts.txt"),
                "image=../cat.png last=\"../my dog.png\" a ball\nimage=\"../my dog.png\" a ball\na box\n");
        CommandRun run = generate(required, "clips/", "--prompts", "DIR/in/prompts.txt", "--image", "DIR/dot.png");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("images 3/3", "3/3: a box");
        assertThat(json("clips/000.mp4.json").get("last_image").asString()).endsWith("my dog.png");
        assertThat(json("clips/000.mp4.json").get("width").asInt()).isEqualTo(68);
        assertThat(json("clips/001.mp4.json").get("width").asInt()).isEqualTo(20);
        assertThat(json("clips/002.mp4.json").get("image").asString()).endsWith("dot.png");
    }

    @Test
    void anEvaluationShowsThePicturesAndGoesOnByThem() throws IOException {
        Files.writeString(folder.resolve("prompts.txt"), "image=cat.png a ball\nimage=\"my dog.png\" a ball\na box\n");
        Files.writeString(folder.resolve("calibration.txt"), "image=cat.png a ring\n");
        String[] flags = {"--prompts", "DIR/prompts.txt", "--methods", "minmax,smoothquant", "--bits", "w8a8",
                "--calibration-prompts", "DIR/calibration.txt", "--steps", "2", "-o", "DIR/report"};
        CommandRun first = run("evaluate", optional, flags);
        assertThat(first.exit()).as(first.err()).isZero();
        JsonNode scenes = json("report/results.json").get("scenes");
        assertThat(scenes.get(0).get("image").get("file").asString()).endsWith("cat.png");
        assertThat(scenes.get(1).get("image").get("height").asInt()).isEqualTo(30);
        assertThat(scenes.get(2).has("image")).isFalse();
        assertThat(folder.resolve("report/index.html")).content().contains("src=\"data:image/png;base64,",
                "first frame: my dog.png", "5 frames of 20 × 68");
        assertThat(folder.resolve("report/clips.csv")).content().contains("remark,image,last_image", "cat.png,\r\n");
        assertThat(run("evaluate", optional, flags).err()).contains("9 of them from an earlier run");
        Files.move(folder.resolve("cat.png"), folder.resolve("other.png"));
        Files.writeString(folder.resolve("prompts.txt"),
                "image=other.png a ball\nimage=\"my dog.png\" a ball\na box\n");
        Files.writeString(folder.resolve("calibration.txt"), "image=other.png a ring\n");
        assertThat(run("evaluate", optional, flags).err()).as("the same picture by another name")
                .contains("9 of them from an earlier run");
        picture("other.png", 30, 10, 41);
        assertThat(run("evaluate", optional, flags).err()).as("another picture of the same name: %s",
                "the calibrated model changes, too").contains("4 of them from an earlier run");
        assertRefused(run("evaluate", optional, "--methods", "minmax", "--export-vbench", "DIR/v", "--prompts",
                "DIR/prompts.txt", "-o",
                "DIR/report"), "--export-vbench: there are prompts of one text with different pictures");
    }

    @Test
    void comparesAndInspectsWithPictures() {
        Path quantized = folder.resolve("q");
        assertThat(run("quantize", required, "-o", quantized.toString(), "--method", "minmax").exit()).isZero();
        CommandRun compared = run("compare", required, quantized.toString(), "-p", "a", "--image", "DIR/cat.png",
                "--last-image", "DIR/my dog.png", "--steps", "2", "-o", "DIR/report");
        assertThat(compared.exit()).as(compared.err()).isZero();
        assertThat(folder.resolve("report/index.html")).content().contains("last frame: my dog.png");
        CommandRun inspected = run("inspect", Path.of("activations"), required.toString(), "-p", "a", "--image",
                "DIR/cat.png", "--steps", "2", "-o", "DIR/seen");
        assertThat(inspected.exit()).as(inspected.err()).isZero();
    }
}
