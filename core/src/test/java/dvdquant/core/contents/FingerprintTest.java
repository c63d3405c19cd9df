package dvdquant.core.contents;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FingerprintTest {
    @TempDir
    Path folder;

    @Test
    void isTheSameForTheSameAndAnotherForAnother() {
        Fingerprint one = Fingerprint.of("seed", 1).with("steps", 2);
        assertThat(one).isEqualTo(Fingerprint.of("seed", 1).with(Fingerprint.of("steps", 2)));
        assertThat(one.key()).matches("[0-9a-f]{20}").isEqualTo(Fingerprint.of("seed", 1).with("steps", 2).key())
                .isNotEqualTo(Fingerprint.of("seed", 2).with("steps", 2).key());
    }

    private Fingerprint of(Path file) {
        return Fingerprint.ofFiles("model", folder, List.of(file));
    }

    @Test
    void seesWhatStandsInAFileAndNotWhenItWasWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("b.json"), "{1}");
        Fingerprint before = of(file);
        FileTime time = Files.getLastModifiedTime(file);
        Files.writeString(file, "{2}");
        Files.setLastModifiedTime(file, time);
        assertThat(of(file)).isNotEqualTo(before);
        Files.writeString(file, "{1}");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertThat(of(file)).isEqualTo(before);
    }

    @Test
    void seesATensorOfALargeFileThatWasZeroedWithSizeAndTimeKept() throws IOException {
        Path file = folder.resolve("model.safetensors");
        FileTime time = FileTime.fromMillis(1_000_000);
        var seen = new HashSet<String>();
        for (int zeroed = -1; zeroed < 3; zeroed++) {
            writeWeights(file, zeroed);
            Files.setLastModifiedTime(file, time);
            assertThat(seen.add(Contents.of(file, 0))).as("tensor %d zeroed", zeroed).isTrue();
            assertThat(Contents.of(file, 0)).isEqualTo(Contents.of(file, 0));
        }
    }

    /** A small tensor between two large ones, of which blocks are read. */
    private static void writeWeights(Path file, int zeroed) {
        List<TensorSpec> specs = List.of(new TensorSpec("a", ElementType.F32, Shape.of(100_000)),
                new TensorSpec("b", ElementType.F32, Shape.of(3)),
                new TensorSpec("c", ElementType.F32, Shape.of(100_000)));
        try (var writer = SafetensorsWriter.create(file, specs, Map.of())) {
            for (int i = 0; i < specs.size(); i++) {
                var values = new float[(int) specs.get(i).shape().elements()];
                Arrays.fill(values, i == zeroed ? 0 : 1);
                try (Arena arena = Arena.ofConfined()) {
                    writer.write(specs.get(i).name(), arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
                }
            }
            writer.commit();
        }
    }

    @Test
    void followsLinks() throws IOException {
        Path target = Files.writeString(folder.resolve("weights"), "1");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        Fingerprint before = of(link);
        Files.writeString(target, "2");
        assertThat(of(link)).isNotEqualTo(before);
    }

    @Test
    void namesWhatCannotBeRead() {
        assertThatThrownBy(() -> of(folder.resolve("none"))).isInstanceOf(InputException.class)
                .hasMessageContaining("none");
    }
}
