package dvdquant.app.generate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class EarlierFilesTest {
    @TempDir
    Path folder;

    @Test
    void namesWhatThisRunDoesNotReplace() throws IOException {
        assertThat(EarlierFiles.note(folder.resolve("none"), 2)).isEmpty();
        for (String name : new String[]{"000.mp4", "001.mp4", "001.json", "my 002.mp4", "0021.txt", "02.mp4"}) {
            Files.createFile(folder.resolve(name));
        }
        assertThat(EarlierFiles.note(folder, 2)).isEmpty();
        Files.createFile(folder.resolve("002.mp4"));
        assertThat(EarlierFiles.note(folder, 2))
                .contains(folder + ": 002.mp4 is of an earlier run, and not of this one's 2 prompts");
        for (int i = 3; i < 8; i++) {
            Files.createFile(folder.resolve(EarlierFiles.number(i) + ".safetensors"));
        }
        assertThat(EarlierFiles.note(folder, 1))
                .contains(folder + ": 001.json, 001.mp4, 002.mp4, 003.safetensors and 4 more "
                        + "are of an earlier run, and not of this one's 1 prompt");
    }
}
