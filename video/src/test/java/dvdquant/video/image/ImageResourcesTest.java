package dvdquant.video.image;

import dvdquant.core.InputException;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class ImageResourcesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"rgba16.png", "420.jpg", "lossy.webp", "lossless.webp"})
    void readingLeavesNoMemoryBehind(String name) throws IOException {
        Path whole = ImageFileTest.IMAGES.resolve(name);
        byte[] bytes = Files.readAllBytes(whole);
        bytes[bytes.length / 2] ^= 0x55;
        Path damaged = Files.write(folder.resolve(name), bytes);
        long leastGrowth = Long.MAX_VALUE;
        for (int window = 0; window < 30 && leastGrowth >= 1 << 20; window++) {
            System.gc(); // so that the windows use the same pages of the Java heap
            long before = Pointer.physicalBytes();
            for (int i = 0; i < 600; i++) {
                ImageFile.read(whole);
                readDamaged(damaged);
            }
            leastGrowth = Math.min(leastGrowth, Pointer.physicalBytes() - before);
        }
        // A leak grows in every window: a frame a round would be 600 · 4 kB, 2.4 MB.
        assertThat(leastGrowth).isLessThan(1L << 20);
    }

    /** Damage to a lossy picture may go unnoticed. */
    private static void readDamaged(Path file) {
        try {
            ImageFile.read(file);
        } catch (InputException e) {
            assertThat(e).hasMessageContaining(file.toString());
        }
    }
}
