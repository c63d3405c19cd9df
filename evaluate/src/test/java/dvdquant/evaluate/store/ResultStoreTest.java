package dvdquant.evaluate.store;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ResultStoreTest {
    @TempDir
    Path folder;

    @Test
    void takesANewFolderAndItsOwn() throws IOException {
        Path report = folder.resolve("a/report");
        ResultStore.open(report).close();
        Files.writeString(report.resolve("index.html"), "");
        ResultStore.open(report).close();
        assertThat(report.resolve("work/store.json")).exists();
    }

    @Test
    void takesAFolderWhoseRunWasStoppedAtOnce() throws IOException {
        Files.createDirectories(folder.resolve("work"));
        Files.writeString(folder.resolve("work/lock"), "");
        ResultStore.open(folder).close();
        assertThat(folder.resolve("work/store.json")).exists();
    }

    @Test
    void leavesFoldersOfOthersAlone() throws IOException {
        Files.createDirectories(folder.resolve("work"));
        Path thesis = Files.writeString(folder.resolve("work/thesis.txt"), "");
        assertThatThrownBy(() -> ResultStore.open(folder)).isInstanceOf(InputException.class)
                .hasMessage(folder + ": holds work/thesis.txt, expected an empty folder or one with an earlier report");
        assertThatThrownBy(() -> ResultStore.open(thesis)).isInstanceOf(InputException.class)
                .hasMessageContaining("is a file, expected a folder");
        assertThat(folder.resolve("work/lock")).doesNotExist();
    }

    @Test
    void leavesStoresOfAnotherFormatAlone() throws IOException {
        ResultStore.open(folder).close();
        Files.writeString(folder.resolve("work/store.json"), "{\"format\": \"dvdquant results\", \"version\": 2}");
        assertThatThrownBy(() -> ResultStore.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("\"version\" is 2, expected 1");
        Files.writeString(folder.resolve("work/store.json"), "[]");
        assertThatThrownBy(() -> ResultStore.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("store.json");
    }

    @Test
    void isUsedByOneRunAtATime() {
        try (var _ = ResultStore.open(folder)) {
            assertThatThrownBy(() -> ResultStore.open(folder)).isInstanceOf(InputException.class)
                    .hasMessageContaining("another run is writing to it");
        }
        ResultStore.open(folder).close();
    }
}
