package dvdquant.core.io;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

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
    void removesTheFoldersThatWereMadeBeforeOneThatCannotBe() {
        assertThatThrownBy(() -> StagedPath.check(folder.resolve("a/b/" + "c".repeat(256) + "/d/clip.mp4")))
                .isInstanceOf(InputException.class).hasMessageContaining("File name too long");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void removesWhatAKilledProcessLeft() throws IOException, InterruptedException {
        String host = Leftover.host(Path.of("/proc"), Path.of("/etc/machine-id"));
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
    void aPlaceIsClaimedByOneProcess() throws IOException, InterruptedException {
        Path clip = folder.resolve("clip.mp4.json");
        Process other = new ProcessBuilder("sleep", "600").start();
        try (var claim = StagedPath.claim(clip)) {
            assertThat(claim.path()).exists();
            StagedPath.write(clip, "by this process");
            String own = claim.path().getFileName().toString();
            Files.createFile(folder.resolve(own.replace("-" + ProcessHandle.current().pid() + "-",
                    "-" + other.pid() + "-")));
        }
        try {
            assertThatThrownBy(() -> StagedPath.claim(clip)).isInstanceOf(InputException.class)
                    .hasMessageContaining("process " + other.pid() + " is writing it");
        } finally {
            other.destroyForcibly().waitFor();
        }
        StagedPath.claim(clip).close();
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(clip);
        }
    }

    @Test
    void refusesAFolderThatHoldsSomething() throws IOException {
        Files.writeString(folder.resolve("mine.txt"), "x");
        assertThatThrownBy(() -> StagedPath.folderBeside(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("not an empty folder");
        assertThatThrownBy(() -> StagedPath.beside(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("it is a folder");
    }

    /** As a cache on another disk is linked: what the link leads to is written, also where there is nothing yet. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writesTheTargetOfALink(boolean there) throws IOException {
        Path real = Files.createDirectory(folder.resolve("disk")).resolve("clip.bin");
        if (there) Files.writeString(real, "old");
        Path chain = Files.createSymbolicLink(folder.resolve("chain"), Path.of("disk/clip.bin"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), chain);
        try (var staged = StagedPath.beside(link)) {
            assertThat(staged.path().getParent()).isEqualTo(real.getParent().toRealPath());
            Files.writeString(staged.path(), "new");
            staged.commit();
        }
        assertThat(link).isSymbolicLink().hasContent("new");
        assertThat(chain).isSymbolicLink();
        assertThat(real).isRegularFile().hasContent("new");
    }

    @Test
    void writesToADeviceAndLeavesIt() throws IOException {
        try (var staged = StagedPath.beside(Path.of("/dev/null"))) {
            Files.writeString(staged.path(), "x");
            staged.commit();
        }
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
        assertThat(Path.of("/dev/null")).exists();
    }

    /** 255 bytes are the most on Linux, and the hidden name has more. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "字"})
    void takesTheLongestNamesAndRefusesLongerOnes(String letter) throws IOException {
        int most = 255 / letter.getBytes(StandardCharsets.UTF_8).length;
        Path longest = folder.resolve(letter.repeat(most));
        try (var staged = StagedPath.beside(longest)) {
            Files.writeString(staged.path(), "x");
            staged.commit();
        }
        assertThat(longest).hasContent("x");
        assertThatThrownBy(() -> StagedPath.check(folder.resolve(letter.repeat(most + 1))))
                .isInstanceOf(InputException.class).hasMessageContaining("File name too long");
        assertThatThrownBy(() -> StagedPath.folderBeside(folder.resolve(letter.repeat(most + 1))))
                .isInstanceOf(InputException.class).hasMessageContaining("File name too long");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(longest);
        }
    }

    /** Root may write anywhere, and yet not there. */
    @Test
    void knowsBeforehandWhereNothingCanBeWritten() {
        assertThatThrownBy(() -> StagedPath.check(Path.of("/proc/x.mp4"))).isInstanceOf(InputException.class)
                .hasMessageContaining("/proc");
        assertThatThrownBy(() -> StagedPath.folderBeside(Path.of("/proc/frames"))).isInstanceOf(InputException.class)
                .hasMessageContaining("/proc");
        assertThatThrownBy(() -> StagedPath.check(Path.of("/"))).isInstanceOf(InputException.class);
        Path circle = folder.resolve("circle");
        assertThatCode(() -> Files.createSymbolicLink(circle, circle)).doesNotThrowAnyException();
        assertThatThrownBy(() -> StagedPath.check(circle)).isInstanceOf(InputException.class)
                .hasMessageContaining("circle");
    }

    @Test
    void knowsMountPoints() {
        assertThat(MountPoints.parse(List.of("22 27 0:20 / /proc rw,nosuid - proc proc rw",
                "99 27 8:1 /clip /home/a\\040b/clip.mp4 rw - ext4 /dev/sda1 rw", "odd")))
                .containsExactly("/proc", "/home/a b/clip.mp4");
        assertThat(MountPoints.contains(folder)).isFalse();
        assumeThat(Path.of("/proc/self/mountinfo")).exists();
        assertThat(MountPoints.contains(Path.of("/proc"))).isTrue();
    }

    @Test
    void tellsPlacesThatAreOne() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "x");
        Path hard = Files.createLink(folder.resolve("hard"), file);
        Path linked = Files.createSymbolicLink(folder.resolve("folder"), folder);
        assertThat(Places.same(file, hard)).isTrue();
        assertThat(Places.same(file, linked.resolve("a"))).isTrue();
        assertThat(Places.same(folder.resolve("new"), linked.resolve("x/../new"))).isTrue();
        assertThat(Places.same(file, folder.resolve("b"))).isFalse();
        assertThat(Places.isInside(linked.resolve("new/er"), folder)).isTrue();
        assertThat(Places.isInside(folder.resolveSibling("other"), folder)).isFalse();
    }
}
