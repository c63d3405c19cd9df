package dvdquant.video.image;

import com.sun.management.ThreadMXBean;
import dvdquant.core.InputException;
import dvdquant.core.image.RgbImage;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is no picture, or not a whole one, is told in one sentence that names the file. */
class ImageErrorsTest {
    @TempDir
    Path folder;

    static List<String> names() {
        return ImageFileTest.names();
    }

    private static byte[] stored(String name) throws IOException {
        return Files.readAllBytes(ImageFileTest.IMAGES.resolve(name));
    }

    private void assertRefused(byte[] bytes, String reason) throws IOException {
        Path file = Files.write(folder.resolve("image"), bytes);
        assertThatThrownBy(() -> ImageFile.read(file)).isInstanceOf(InputException.class)
                .hasMessageStartingWith("cannot read the image " + file + ": ").hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    @Test
    void otherThingsAreNotPictures() throws IOException {
        assertRefused(new byte[0], "it is empty");
        assertRefused("a red ball".getBytes(StandardCharsets.UTF_8), "it is not a PNG, JPEG or WebP picture");
        assertRefused(new byte[1000], "it is not a PNG, JPEG or WebP picture");
        assertRefused("GIF89a...".getBytes(StandardCharsets.UTF_8), "it is GIF, expected a PNG, JPEG or WebP picture");
        assertRefused("\0\0\0\u0018ftypmp42".getBytes(StandardCharsets.UTF_8), "it is an MP4 or QuickTime file");
        assertRefused("\0\0\0\u0018ftypavif".getBytes(StandardCharsets.UTF_8), "it is AVIF");
        assertRefused("RIFF\4\0\0\0WEBP".getBytes(StandardCharsets.UTF_8), "it holds no picture");
        assertRefused(("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
                .getBytes(StandardCharsets.UTF_8), "Git LFS pointer");
        assertThatThrownBy(() -> ImageFile.read(folder)).isInstanceOf(InputException.class)
                .hasMessage("cannot read the image " + folder + ": it is not a file");
        Path none = folder.resolve("none.png");
        assertThatThrownBy(() -> ImageFile.read(none)).isInstanceOf(InputException.class)
                .hasMessage("cannot read the image " + none + ": no such file or folder");
    }

    @ParameterizedTest
    @MethodSource("names")
    void picturesCutOffAreRefused(String name) throws IOException {
        byte[] whole = stored(name);
        for (int length = 1; length < whole.length; length += 1 + length / 16) {
            assertRefused(Arrays.copyOf(whole, length), "");
        }
        assertRefused(Arrays.copyOf(whole, whole.length - 1), "");
    }

    /** The file seems whole, its pixels are not. */
    @ParameterizedTest
    @ValueSource(strings = {"420.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg"})
    void halfAJpegWithAnEndIsRefused(String name) throws IOException {
        byte[] whole = stored(name);
        byte[] half = Arrays.copyOf(whole, whole.length - 200);
        half[half.length - 2] = (byte) 0xff;
        half[half.length - 1] = (byte) 0xd9;
        assertRefused(half, "damaged");
    }

    /** One chunk of pixels, shortened and with a checksum that is right. */
    @ParameterizedTest
    @ValueSource(strings = {"gray8.png", "rgb8.png", "rgb8-adam7.png", "palette4.png"})
    void halfAPngWithAnEndIsRefused(String name) throws IOException {
        byte[] whole = stored(name);
        int start = new String(whole, StandardCharsets.ISO_8859_1).indexOf("IDAT") - 4;
        int length = ByteBuffer.wrap(whole).getInt(start) / 2;
        var sum = new CRC32();
        sum.update(whole, start + 4, 4 + length);
        ByteBuffer half = ByteBuffer.allocate(start + 12 + length + 12).put(whole, 0, start).putInt(length)
                .put(whole, start + 4, 4 + length).putInt((int) sum.getValue()).put(whole, whole.length - 12, 12);
        assertRefused(half.array(), "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossy.webp", "lossy-alpha.webp", "lossless.webp", "lossless-alpha.webp"})
    void halfAWebpOfTheRightLengthIsRefused(String name) throws IOException {
        byte[] whole = stored(name);
        int start = new String(whole, StandardCharsets.ISO_8859_1).lastIndexOf("VP8");
        int length = (start + whole.length) / 2 & ~1;
        ByteBuffer half = ByteBuffer.wrap(Arrays.copyOf(whole, length)).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(4, length - 8).putInt(start + 4, length - start - 8);
        assertRefused(half.array(), "");
    }

    @ParameterizedTest
    @CsvSource({"rgb8.png, IHDR, 4, 00007fff, 00007fff", "420.jpg, 0xffc0, 5, ff00, ff00",
            "lossless.webp, VP8L, 9, ffff, ff0f", "animated-lossy.webp, VP8X, 12, ffff, 0000ffff"})
    void hugeSizesAreRefusedBeforeAnythingIsAllocated(String name, String mark, int offset, String first, String second)
            throws IOException {
        byte[] huge = stored(name);
        int at = offset + indexOf(huge, mark);
        byte[] sides = HexFormat.of().parseHex(first + second);
        System.arraycopy(sides, 0, huge, at, sides.length);
        if (mark.equals("IHDR")) {
            var sum = new CRC32();
            sum.update(huge, 12, 17);
            ByteBuffer.wrap(huge).putInt(29, (int) sum.getValue());
        }
        assertRefused(huge, "pixels, expected at most 178956970 in all");
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertRefused(huge, "pixels, expected at most 178956970 in all");
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
    }

    private static int indexOf(byte[] bytes, String mark) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.indexOf(mark.startsWith("0x") ? "\u00ff\u00c0" : mark);
    }

    /** Damage may go unnoticed, but it must not end the JVM or throw anything else. */
    @ParameterizedTest
    @MethodSource("names")
    void damagedPicturesNeverCrash(String name) throws IOException {
        byte[] whole = stored(name);
        var random = Seeds.random(11);
        Path file = folder.resolve("damaged");
        for (int round = 0; round < 60; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 1 + round % 8; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try {
                RgbImage image = ImageFile.read(file);
                assertThat(image.size().area()).isPositive();
            } catch (InputException e) {
                assertThat(e).hasMessageStartingWith("cannot read the image " + file + ": ");
            }
        }
    }
}
