package dvdquant.core.io;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StagedPathTest {
    @TempDir
    Path folder;

    @Test
    void appearsOnlyOnCommit() throws IOException {
        Path target = folder.resolve("a/b/clip.bin");
        try (var staged = StagedPath.beside(target)) {
            Files.writeString(staged.path(), "x");
            assertThat(target).doesNotExist();
            staged.commit();
        }
        assertThat(target).hasContent("x");
        assertThat(target.getParent()).isDirectoryNotContaining("glob:**partial**");
    }

    @Test
    void leavesNothingWithoutCommit() throws IOException {
        try (var staged = StagedPath.folderBeside(folder.resolve("frames"))) {
            Files.writeString(staged.path().resolve("0000.png"), "x");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void removesTheFoldersThatWereMadeForIt() throws IOException {
        Files.createDirectory(folder.resolve("there"));
        try (var staged = StagedPath.folderBeside(folder.resolve("there/a/b/frames"))) {
            Files.writeString(staged.path().resolve("0000.png"), "x");
        }
        assertThat(folder.resolve("there")).isEmptyDirectory();
    }

    @Test
    void removesWhatAKilledProcessLeft() throws IOException, InterruptedException {
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Path left = Files.createDirectory(folder.resolve(".q4.partial-" + host + "-" + ended.pid() + "-1"));
        Files.writeString(left.resolve("config.json"), "x");
        Path living = Files
                .createFile(folder.resolve(".q4.partial-" + host + "-" + ProcessHandle.current().pid() + "-999999"));
        Path others = Files.createFile(folder.resolve(".q4x.partial-" + host + "-" + ended.pid() + "-1"));
        Path elsewhere = Files.createFile(folder.resolve(".q4.partial-other-" + ended.pid() + "-1"));
        StagedPath.folderBeside(folder.resolve("q4")).close();
        assertThat(elsewhere).exists();
        assertThat(left).doesNotExist();
        assertThat(living).exists();
        assertThat(others).exists();
    }

    @Test
    void refusesAFolderThatHoldsSomething() throws IOException {
        Files.writeString(folder.resolve("mine.txt"), "x");
        assertThatThrownBy(() -> StagedPath.folderBeside(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("not an empty folder");
        assertThatThrownBy(() -> StagedPath.beside(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("it is a folder");
    }
}
