package dvdquant.app.bench;

import dvdquant.app.CommandRun;
import dvdquant.core.format.ElementType;
import dvdquant.core.quantize.Method;
import dvdquant.measure.TinyWan;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import dvdquant.measure.checkpoint.WanCheckpoint;
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
        TinyWan.checkpoint(ElementType.BF16, 1).write(model, (_, _) -> {});
        requireClip(model);
    }

    @Test
    void aClipCanBeGeneratedFromWhatIsMadeQuantized() {
        Path model = folder.resolve("model");
        RandomCheckpoint.whole(WanCheckpoint.of(TinyWan.WHOLE_QUANTIZABLE), ElementType.BF16, 1, TinyWan.DEMO)
                .writeQuantized(model, Method.DVD_QUANT.recipe(4), 2, (_, _) -> {}, () -> (_, _) -> {});
        assertThat(requireClip(model)).contains("W4A8");
    }

    private String requireClip(Path model) {
        Path clip = folder.resolve("clip.apng");
        CommandRun run = CommandRun.of("generate", model.toString(), "-p", "a red circle", "--frames", "5", "--height",
                "32", "--width", "48", "--steps", "2", "-o", clip.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(clip).isNotEmptyFile();
        return run.err();
    }
}
