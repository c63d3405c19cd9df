package dvdquant.models.text.token;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class TokenizerLibraryTest {
    @Test
    void oneCutShortIsRemovedWithItsFolder(@TempDir Path home) throws IOException {
        Path folder = Files.createDirectory(home.resolve("0.1-cpu-linux"));
        Path library = Files.write(folder.resolve("libtokenizers.so"), new byte[8]);
        TokenizerLibrary.removeUnlessOf(8, folder);
        assertThat(library).exists();
        TokenizerLibrary.removeUnlessOf(9, folder);
        assertThat(folder).doesNotExist();
    }
}
