package dvdquant.app.bench;

import dvdquant.app.CommandRun;
import dvdquant.core.format.ElementType;
import dvdquant.measure.TinyWan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class MakeCheckpointTest {
    @TempDir
    Path folder;

    @Test
    void aClipCanBeGeneratedFromWhatIsMade() {
        Path model = folder.resolve("model");
        TinyWan.checkpoint(ElementType.BF16, 1).write(model, _ -> {});
        Path clip = folder.resolve("clip.apng");
        CommandRun run = CommandRun.of("generate", model.toString(), "-p", "a red circle", "--frames", "5", "--height",
                "32", "--width", "48", "--steps", "2", "-o", clip.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(clip).isNotEmptyFile();
    }
}
