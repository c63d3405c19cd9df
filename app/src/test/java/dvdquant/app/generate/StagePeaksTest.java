package dvdquant.app.generate;

import dvdquant.core.format.ElementType;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import dvdquant.measure.checkpoint.WanCheckpoint;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The plan's lines against the most memory that each stage took, in a process of its own: of a model whose layers are those of Wan2.1 1.3B and
 * whose VAE is the real one, with random weights and fewer layers (2 GB of files), since each stage's peak is that of a layer beside all weights.
 */
@Tag("full")
class StagePeaksTest {
    private static final Percentage ALLOWED = Percentage.withPercentage(15);
    private static final Pattern NEED = Pattern.compile("([0-9.]+) GiB(?! of its file)[,)]");
    private static final Path DEMO = Path.of(System.getProperty("project.root"), "demo/tiny-wan");
    private static final WanArchitecture FEW_LAYERS = new WanArchitecture(
            new WanConfig(12, 128, 6, 8960, 16, 16, 4096, 256, List.of(1, 2, 2), 1024, 1e-6, true),
            new Umt5Config(4096, 64, 64, 10240, 3, 192, 32, 128, 1e-6), VaeConfig.WAN21, 3.0);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeModels() throws IOException, InterruptedException {
        RandomCheckpoint.whole(WanCheckpoint.of(FEW_LAYERS), ElementType.BF16, 0, DEMO)
                .write(folder.resolve("full"), (_, _) -> {});
        run(Map.of(), "quantize", folder.resolve("full").toString(), "-o", folder.resolve("w4").toString(), "--link");
    }

    /** @param cores of OpenBLAS; @param vectors {@code -XX:UseAVX}; all empty: those of the machine */
    @ParameterizedTest
    @CsvSource({"full, , , , ", "w4, , , , ", "full, AVX2, avx2, Haswell, 2", "w4, AVX2, avx2, Haswell, 2"})
    void eachStageTakesWhatIsPlanned(String model, String oneDnn, String libtorch, String cores, String vectors)
            throws IOException, InterruptedException {
        Map<String, String> cap = oneDnn == null
                ? Map.of()
                : Map.of("ONEDNN_MAX_CPU_ISA", oneDnn, "ATEN_CPU_CAPABILITY", libtorch, "OPENBLAS_CORETYPE", cores,
                        "JAVA_TOOL_OPTIONS", "-XX:UseAVX=" + vectors);

        List<String> lines = run(cap, "generate", folder.resolve(model).toString(), "-p", "a cat", "--frames", "17",
                "--height", "256", "--width", "256", "--steps", "1", "--guidance", "1", "--dtype", "f32", "-o",
                folder.resolve("clip.mp4").toString());

        String peaks = lines.stream().filter(line -> line.contains("memory at its peak")).findFirst().orElseThrow();
        for (String stage : List.of("encode", "sample", "decode")) {
            String plan = lines.stream().filter(line -> line.contains("memory: " + stage)).findFirst().orElseThrow();
            Matcher peak = Pattern.compile(stage + " ([0-9.]+) GiB").matcher(peaks);
            assertThat(peak.find()).isTrue();
            assertThat(Double.parseDouble(peak.group(1))).as("%s%n%s", plan, peaks).isCloseTo(anonymous(plan), ALLOWED);
        }
    }

    /** Of the needs of a phase, those that are not pages of files. */
    private static double anonymous(String line) {
        return NEED.matcher(line.substring(line.indexOf('('))).results()
                .mapToDouble(need -> Double.parseDouble(need.group(1))).sum();
    }

    /** As the start script runs it. */
    private static List<String> run(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC",
                "-XX:-TieredCompilation", "-cp", System.getProperty("java.class.path"), "dvdquant.app.Main"));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Map.of("MALLOC_ARENA_MAX", "1", "MALLOC_TOP_PAD_", "67108864",
                "MALLOC_MMAP_THRESHOLD_", "1073741824", "MALLOC_TRIM_THRESHOLD_", "8589934592"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var reader = process.inputReader()) {
            List<String> lines = reader.lines().toList();
            assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
            return lines;
        }
    }
}
