package dvdquant.app.text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import static org.assertj.core.api.Assertions.assertThat;

class BuildDigestTest {
    @TempDir
    Path folder;

    private String classes(String name, String contents) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        Files.writeString(Files.createDirectories(classes.resolve("a")).resolve(name), contents);
        return BuildDigest.of(List.of(classes));
    }

    @Test
    void anUncommittedBuildIsNotTheLastOne() throws IOException {
        String first = classes("B.class", "1");
        assertThat(classes("B.class", "2")).isNotEqualTo(first);
        assertThat(classes("B.class", "1")).isEqualTo(first);
        assertThat(classes("C.class", "")).isNotEqualTo(first);
    }

    @Test
    void aJarIsWhatStandsInIt() throws IOException {
        Path jar = folder.resolve("a.jar");
        try (var zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            zip.putNextEntry(new ZipEntry("a/B.class"));
            zip.write('1');
        }
        assertThat(BuildDigest.of(List.of(jar))).isEqualTo(classes("B.class", "1"));
    }

    @Test
    void theRunningProgramHasOne() {
        assertThat(BuildDigest.ofRunning()).matches("[0-9a-f]{12}").isEqualTo(BuildDigest.ofRunning());
        assertThat(new Version("1", "abc+changes", "", "").program())
                .isEqualTo("1 abc+changes " + BuildDigest.ofRunning());
        assertThat(new Version("1", "unknown", "", "").program()).endsWith(BuildDigest.ofRunning());
        assertThat(new Version("1", "abc", "", "").program()).isEqualTo("1 abc");
    }
}
