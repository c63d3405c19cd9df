package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.hunyuan.HunyuanVideoFamily;
import dvdquant.models.wan.WanFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PromptFileTest {
    private static final ModelFamily WAN = WanFamily.OF_TEXT;
    private static final ModelFamily HUNYUAN_VIDEO = new HunyuanVideoFamily();

    @TempDir
    Path folder;

    @Test
    void readsWhatWindowsEditorsWrite() throws IOException {
        Path file = Files.writeString(folder.resolve("prompts.txt"), "\uFEFFa red ring\r\n\r\n a blue star \r\n");
        assertThat(PromptFile.read(file)).containsExactly("a red ring", "a blue star");
    }

    @Test
    void refusesAFileThatIsNoListOfPrompts() throws IOException {
        Path file = folder.resolve("video.mp4");
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(17 << 20);
        }
        assertThatThrownBy(() -> PromptFile.read(file)).isInstanceOf(InputException.class)
                .hasMessageEndingWith("video.mp4: 17825792 bytes, expected a file of prompts of 16 MiB at most");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a red ball", "a  red ball", "a red&#32;ball", "a\tred ball", "a &#114;ed ball"})
    void refusesAPromptThatIsThereTwiceAsTheModelReadsIt(String again) throws IOException {
        Path file = Files.writeString(folder.resolve("prompts.txt"), "a red ball\na blue box\n" + again + "\n");
        assertThatThrownBy(() -> PromptFile.readDistinct(file, WAN::cleaned)).isInstanceOf(InputException.class)
                .hasMessageContaining("prompts.txt: holds \"a red ball\"")
                .hasMessageContaining("expected prompts that differ");
        assertThat(PromptFile.read(file)).hasSize(3);
    }

    @Test
    void takesPromptsThatDiffer() throws IOException {
        Path file = Files.writeString(folder.resolve("prompts.txt"), "a red ball\na Red ball\na red ball.\n");
        assertThat(PromptFile.readDistinct(file, WAN::cleaned)).hasSize(3);
    }

    /** HunyuanVideo's pipeline cleans nothing: its language model reads spaces and references as they are. */
    @Test
    void whatAPipelineDoesNotCleanDiffers() throws IOException {
        Path file = Files.writeString(folder.resolve("prompts.txt"), "a red ball\na  red ball\na red&#32;ball\n");
        assertThat(PromptFile.readDistinct(file, HUNYUAN_VIDEO::cleaned)).hasSize(3);
        Files.writeString(file, "a red ball\na blue box\na red ball\n");
        assertThatThrownBy(() -> PromptFile.readDistinct(file, HUNYUAN_VIDEO::cleaned))
                .isInstanceOf(InputException.class).hasMessageContaining("holds \"a red ball\" twice");
    }
}
