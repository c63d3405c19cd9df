package dvdquant.app.bench;

import dvdquant.app.CommandRun;
import dvdquant.core.format.ElementType;
import dvdquant.core.image.RgbImage;
import dvdquant.core.quantize.Method;
import dvdquant.measure.TinyWan;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import dvdquant.measure.checkpoint.WanCheckpoint;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanArchitecture.PublishedWan;
import dvdquant.video.PngWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

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

    static Set<PublishedWan> layouts() {
        return TinyWan.LAYOUTS.keySet();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void aClipCanBeGeneratedByEachOfWansLayouts(PublishedWan layout) throws IOException {
        WanArchitecture wan = TinyWan.LAYOUTS.get(layout);
        Path model = folder.resolve("model");
        RandomCheckpoint.whole(WanCheckpoint.of(wan), ElementType.BF16, 1, TinyWan.DEMO).write(model, (_, _) -> {});
        Path picture = folder.resolve("picture.png");
        Files.write(picture, PngWriter.encode(new RgbImage(40, 30, new byte[3 * 40 * 30])));
        var flags = new ArrayList<String>();
        if (wan.transformer().readsCondition()) flags.addAll(List.of("--image", picture.toString()));
        if (layout == PublishedWan.FLF2V_14B) flags.addAll(List.of("--last-image", picture.toString()));
        requireClip(model, flags.toArray(String[]::new));
        if (wan.expandTimesteps()) requireClip(model, "--image", picture.toString());
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void stepsOfEachOfWansLayoutsAreTimed(PublishedWan layout) {
        WanArchitecture wan = TinyWan.LAYOUTS.get(layout);
        Path model = folder.resolve("model");
        new RandomCheckpoint(WanCheckpoint.of(wan), Set.of("transformer"), ElementType.BF16, 1, TinyWan.DEMO)
                .write(model, (_, _) -> {});
        String[] command = {"bench", "step", model.toString(), "--frames", "5", "--height", "32", "--width", "64",
                "--dtype", "f32", "--runs", "1", "--warm-ups", "0", "--busy-ok"};
        assertThat(CommandRun.of(command).out()).contains(wan.expandTimesteps() ? "4 tokens" : "16 tokens");
        CommandRun given = CommandRun
                .of(Stream.concat(Stream.of(command), Stream.of("--first-frame")).toArray(String[]::new));
        if (wan.expandTimesteps()) {
            assertThat(given.out()).contains("4 tokens");
        } else {
            assertThat(given.exit()).isEqualTo(2);
            assertThat(given.err()).hasLineCount(1).contains("--first-frame: this transformer ");
        }
    }

    private String requireClip(Path model, String... flags) {
        Path clip = folder.resolve("clip.apng");
        var command = new ArrayList<>(List.of("generate", model.toString(), "-p", "a red circle", "--frames", "5",
                "--height", "32", "--width", "64", "--steps", "2", "-o", clip.toString()));
        command.addAll(List.of(flags));
        CommandRun run = CommandRun.of(command.toArray(String[]::new));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(clip).isNotEmptyFile();
        return run.err();
    }
}
