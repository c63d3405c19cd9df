package dvdquant.core.io;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

class FoldersTest {
    @TempDir
    Path folder;

    @Test
    void listsByName() throws IOException {
        Files.createDirectory(folder.resolve("b"));
        Files.createFile(folder.resolve("b/inside"));
        Files.createFile(folder.resolve("a"));
        assertThat(Folders.list(folder)).containsExactly(folder.resolve("a"), folder.resolve("b"));
        assertThat(Folders.walk(folder)).containsExactly(folder, folder.resolve("a"), folder.resolve("b"),
                folder.resolve("b/inside"));
    }

    @Test
    void namesAFolderThatIsNotThere() {
        Path absent = folder.resolve("absent");
        assertThatThrownBy(() -> Folders.list(absent)).isInstanceOf(InputException.class)
                .hasMessage("cannot read the folder " + absent + ": no such file or folder");
    }

    /** Its entries are read after it is opened: what fails then is unchecked. */
    @Test
    void namesTheFolderThatHoldsOneThatCannotBeRead() throws IOException {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        assumeThat(locked.toFile().setReadable(false) && !Files.isReadable(locked)).as("root reads all").isTrue();
        assertThatThrownBy(() -> Folders.walk(folder)).isInstanceOf(InputException.class)
                .hasMessage("cannot read the folder " + folder + ": permission denied");
    }
}
