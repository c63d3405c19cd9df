package dvdquant.spark.quantize;

import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.spark.testing.FineTune;
import dvdquant.spark.testing.Folders;
import dvdquant.spark.testing.SparkRun;
import dvdquant.spark.testing.StoredFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** In one process, through other file systems than the local one, and with writes that fail. */
class QuantizeStorageTest {
    private static final Set<String> MANIFEST = Set.of(QuantizeCommand.MANIFEST);
    private static final long WEIGHTS_BYTES = 18_516_152;

    @TempDir
    Path folder;

    /** By the library, in place of the command line's. */
    private Path expected(Path model) throws IOException {
        Path target = folder.resolve("expected");
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(model), 2, false).run(model, target,
                (_, _) -> {});
        Files.createFile(target.resolve(QuantizeCommand.MANIFEST));
        return target;
    }

    private String stored(String name) {
        return "stored://" + folder.resolve(name);
    }

    @Test
    void readsAndWritesThroughAnotherFileSystemAndCopiesNothingHere() throws IOException {
        Files.createSymbolicLink(folder.resolve("model"), FineTune.DEMO);
        StoredFileSystem.READ.set(0);
        SparkRun run = SparkRun.of(StoredFileSystem.settings(), "quantize", stored("model"), "-o", stored("out"));
        assertThat(run.err()).contains("wrote stored:").contains("80 layers");
        assertThat(run.code()).isZero();
        Folders.assertSame(folder.resolve("out"), expected(FineTune.DEMO), MANIFEST);
        assertThat(StoredFileSystem.READ.get()).as("bytes by ranges: all weights once, and headers")
                .isBetween(WEIGHTS_BYTES, WEIGHTS_BYTES + 1_000_000);
        assertThat(Folders.names(folder)).containsExactlyInAnyOrder("model", "out", "expected");
    }

    /** An executor samples clips before. */
    @Test
    void calibratesWhereTheMethodNeedsIt() throws IOException {
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a large red circle\n");
        SparkRun run = SparkRun.of(SparkRun.LOCAL, "quantize", FineTune.DEMO.toString(), "-o",
                folder.resolve("out").toString(), "--link", "--method", "smoothquant", "--calibration-prompts",
                prompts.toString(), "--calibration-steps", "1");
        assertThat(run.code()).as(run.err()).isZero();
        CalibrationData seen = Calibration.run(FineTune.DEMO, LoadOptions.defaults().withThreads(2),
                List.of(new Prompt("a large red circle")), request -> request.withSteps(1), PipelineListener.NONE,
                new Cancellation()).data();
        Path expected = folder.resolve("expected");
        new Quantizer(Method.SMOOTHQUANT.recipe(4), Pipelines.quantizedLayers(FineTune.DEMO), Optional.of(seen), 2,
                true).run(FineTune.DEMO, expected, (_, _) -> {});
        Files.createFile(expected.resolve(QuantizeCommand.MANIFEST));
        Folders.assertSame(folder.resolve("out"), expected, MANIFEST);
        assertThat(folder.resolve("out").resolve(QuantizeCommand.MANIFEST)).content().contains("a large red circle");
    }

    @Test
    void whatFailsIsTriedAgainAndLeavesNothing() throws IOException {
        SparkRun run = SparkRun.of(StoredFileSystem.failOnce("(layers|file)-.*|copy-\\d+-0-.*"), "quantize",
                FineTune.DEMO.toString(), "-o", stored("out"));
        assertThat(run.code()).as(run.err()).isZero();
        Folders.assertSame(folder.resolve("out"), expected(FineTune.DEMO), MANIFEST);
        assertThat(Folders.names(folder)).containsExactlyInAnyOrder("out", "expected");
    }

    @Test
    void whatFailsForGoodNamesTheLayer() throws IOException {
        SparkRun run = SparkRun.of(StoredFileSystem.fail("layers-1-.*"), "quantize", FineTune.DEMO.toString(), "-o",
                stored("out"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .containsPattern("dvdquant: failed: " + FineTune.DEMO + ": transformer, blocks\\.\\d\\S* to "
                        + "\\S+ failed 3 times, at last: \\S+: \\S+: No space left on device \\(");
        assertThat(Folders.names(folder)).isEmpty();
    }

    @Test
    void badInputEndsInASentenceBeforeAnyTask() throws IOException {
        refused("no such file or folder", "quantize", folder.resolve("none").toString(), "-o", "out");
        refused("no such folder, expected a model", "quantize", stored("none"), "-o", stored("out"));
        refused("no such folders, expected models", "quantize", folder + "/none-*", "-o", "out");
        refused("it is inside the model", "quantize", FineTune.DEMO.toString(), "-o",
                FineTune.DEMO.resolve("out").toString());
        refused("--include", "quantize", FineTune.DEMO.toString(), "-o", stored("out"), "--include", "(");
        refused("are not both on local disks", "quantize", FineTune.DEMO.toString(), "-o", stored("out"), "--link");
        refused("two models are called tiny-wan", "quantize", FineTune.DEMO.toString(), FineTune.DEMO.toString(), "-o",
                stored("out"));
        Files.createFile(Files.createDirectory(folder.resolve("full")).resolve("file"));
        refused("it exists and is not an empty folder", "quantize", FineTune.DEMO.toString(), "-o", stored("full"));
        refused("it exists and is not an empty folder", "quantize", FineTune.DEMO.toString(), "-o",
                folder.resolve("full").toString());
        Files.createSymbolicLink(folder.resolve("model"), FineTune.DEMO);
        refused("it is inside the model", "quantize", stored("model"), "-o", stored("model/out"));
        refused("--calibration-prompts", "quantize", stored("model"), "-o", stored("out"), "--method", "smoothquant");
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a large red circle\n");
        refused("expected a path on storage that the executors share", "quantize", stored("model"), "-o",
                stored("out"), "--method", "smoothquant", "--calibration-prompts", prompts.toString());
        FineTune.truncated(folder.resolve("cut"));
        refused("stored:" + folder.resolve("cut/transformer/diffusion_pytorch_model.safetensors") + ": ", "quantize",
                stored("cut"), "-o", stored("out"));
    }

    /** A master that cannot be: whoever wanted the cluster would wait for it. */
    private static void refused(String words, String... arguments) {
        SparkRun run = SparkRun.of(SparkRun.with(StoredFileSystem.settings(), "spark.master", "none"), arguments);
        assertThat(run.err()).contains("dvdquant: ", words).hasLineCount(1);
        assertThat(run.code()).isEqualTo(2);
    }
}
