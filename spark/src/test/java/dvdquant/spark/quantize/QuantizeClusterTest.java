package dvdquant.spark.quantize;

import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.spark.Main;
import dvdquant.spark.testing.FineTune;
import dvdquant.spark.testing.Folders;
import dvdquant.spark.testing.SparkRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** On two executors that are processes of their own. */
class QuantizeClusterTest {
    private static final Set<String> MANIFEST = Set.of(QuantizeCommand.MANIFEST);

    @TempDir
    Path folder;

    private Path fineTunes(int count) throws IOException {
        for (int i = 1; i <= count; i++) {
            FineTune.of(folder.resolve("models/fine-tune-" + i), i);
        }
        return folder.resolve("models");
    }

    private void assertQuantized(String name) throws IOException {
        Path model = folder.resolve("models").resolve(name);
        Path expected = folder.resolve("expected").resolve(name);
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(model), 2, true).run(model, expected,
                (_, _) -> {});
        Files.createFile(expected.resolve(QuantizeCommand.MANIFEST));
        Folders.assertSame(folder.resolve("out").resolve(name), expected, MANIFEST);
    }

    /** Once something was made. */
    private Thread killer(AtomicBoolean killed) {
        return Thread.ofPlatform().daemon().start(() -> {
            while (!killed.get()) {
                if (hasParts()) killed.set(SparkRun.executors().getFirst().destroyForcibly());
                Thread.onSpinWait();
            }
        });
    }

    @Test
    void manyModelsOfWhichSomeAreBrokenWhileAnExecutorIsKilled() throws IOException {
        several(2, SparkRun.LOCAL_CLUSTER);
    }

    @Test
    @Tag("full")
    void twentyFineTunesWithTasksThatRunTwice() throws IOException {
        several(20, SparkRun.with(SparkRun.LOCAL_CLUSTER, "spark.speculation", "true", "spark.speculation.interval",
                "10ms", "spark.speculation.multiplier", "1.01", "spark.speculation.quantile", "0.1",
                "spark.speculation.minTaskRuntime", "1ms"));
    }

    /** The driver of a process of its own. */
    @Test
    @Tag("full")
    void whatAKilledDriverLeavesIsGoneWithTheNextRun() throws IOException, InterruptedException {
        Path models = fineTunes(1);
        Path out = folder.resolve("out");
        Process driver = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
                "--add-modules=jdk.incubator.vector", "-Dspark.master=local[2]", "-Dspark.ui.enabled=false", "-cp",
                SparkRun.CLASS_PATH, Main.class.getName(), "quantize", models.resolve("fine-tune-1").toString(), "-o",
                out.resolve("fine-tune-1").toString(), "--link").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        while (driver.isAlive() && !hasParts()) {
            Thread.onSpinWait();
        }
        driver.destroyForcibly().waitFor();
        assertThat(Folders.names(out)).as("what it left").hasSize(1).noneMatch("fine-tune-1"::equals);
        SparkRun run = SparkRun.of(SparkRun.LOCAL, "quantize", models.resolve("fine-tune-1").toString(), "-o",
                out.resolve("fine-tune-1").toString(), "--link");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Folders.names(out)).containsExactly("fine-tune-1");
        assertQuantized("fine-tune-1");
    }

    private boolean hasParts() {
        try (Stream<Path> made = Files.walk(folder.resolve("out"))) {
            return made.anyMatch(file -> file.getFileName().toString().startsWith("layers-"));
        } catch (IOException | UncheckedIOException _) {
            return false; // not there yet, or moved meanwhile
        }
    }

    private void several(int count, Map<String, String> settings) throws IOException {
        Path models = fineTunes(count);
        FineTune.truncated(models.resolve("cut"));
        FineTune.withNan(models.resolve("nan"));
        Files.createDirectories(models.resolve("empty"));
        var killed = new AtomicBoolean();
        killer(killed);
        SparkRun run;
        try {
            run = SparkRun.of(settings, "quantize", models + "/*", "-o",
                    folder.resolve("out").toString(), "--link");
        } finally {
            assertThat(killed.getAndSet(true)).as("whether an executor was killed").isTrue();
        }
        assertThat(run.err()).contains("warning: " + models.resolve("cut/transformer"),
                "warning: " + models.resolve("nan/transformer"), "holds a NaN or Inf at element",
                "dvdquant: 3 of " + (count + 3) + " models were not quantized: ");
        assertThat(run.code()).isEqualTo(2);
        assertThat(Folders.names(folder.resolve("out"))).hasSize(count);
        for (int i = 1; i <= count; i++) {
            assertQuantized("fine-tune-" + i);
        }
    }
}
