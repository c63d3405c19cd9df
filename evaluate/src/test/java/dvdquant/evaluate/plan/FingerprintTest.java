package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

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

    @Test
    void seesThatAFileHasChanged() throws IOException {
        Path file = Files.writeString(Files.createDirectory(folder.resolve("a")).resolve("b.json"), "{}");
        Fingerprint before = Fingerprint.ofFiles("model", folder);
        assertThat(Fingerprint.ofFiles("model", folder)).isEqualTo(before);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        Fingerprint later = Fingerprint.ofFiles("model", folder);
        assertThat(later).isNotEqualTo(before);
        Files.writeString(file, "{ }");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertThat(Fingerprint.ofFiles("model", folder)).isNotEqualTo(later);
    }

    @Test
    void followsLinks() throws IOException {
        Path target = Files.writeString(folder.resolve("weights"), "1");
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.createSymbolicLink(model.resolve("weights"), target);
        Fingerprint before = Fingerprint.ofFiles("model", model);
        Files.writeString(target, "12");
        assertThat(Fingerprint.ofFiles("model", model)).isNotEqualTo(before);
    }

    @Test
    void namesWhatCannotBeRead() {
        assertThatThrownBy(() -> Fingerprint.ofFiles("model", folder.resolve("none")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("none");
    }
}
