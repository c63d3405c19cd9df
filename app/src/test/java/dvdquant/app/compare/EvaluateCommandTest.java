package dvdquant.app.compare;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/** Evaluations of the demo model as a user runs them, of two tiny clips in two steps. */
class EvaluateCommandTest {
    private static final String MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan").toString();

    @TempDir
    Path folder;

    /** Of clips of 5 frames of 64x64. */
    private CommandRun evaluate(String... flags) throws IOException {
        Path prompts = folder.resolve("prompts.txt");
        if (!Files.exists(prompts)) Files.writeString(prompts, "a red circle\na blue star\n");
        var arguments = new ArrayList<>(List.of("--steps", "2", "--frames", "5", "--height", "64", "--width", "64"));
        arguments.addAll(List.of(flags));
        return evaluateWhole(arguments.toArray(String[]::new));
    }

    private CommandRun evaluateWhole(String... flags) {
        var arguments = new ArrayList<>(
                List.of("evaluate", MODEL, "--prompts", folder.resolve("prompts.txt").toString(),
                        "--guidance", "1", "-o", folder.resolve("report").toString()));
        arguments.addAll(List.of(flags));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private Map<Path, FileTime> results() throws IOException {
        try (var files = Files.walk(folder.resolve("report/work"))) {
            return files.filter(file -> file.endsWith("measured.json") || file.endsWith("latents.safetensors"))
                    .collect(Collectors.toMap(file -> file, EvaluateCommandTest::time, (a, _) -> a, TreeMap::new));
        }
    }

    private static FileTime time(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aMethodThatIsCalibratedJoinsAnEarlierRun() throws IOException {
        Path calibration = Files.writeString(folder.resolve("calibration.txt"), "a white ring\n");
        assertThat(evaluate("--methods", "minmax", "--bits", "w4a8").exit()).isZero();
        CommandRun run = evaluate("--methods", "smoothquant", "--bits", "w4a8", "--calibration-prompts",
                calibration.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("2 of them from an earlier run").containsPattern("making the model smoothquant");
        assertThat(run.out()).contains("W4A8 smoothquant");
    }

    @Test
    void reportsMethodsAtBitWidths() throws IOException {
        CommandRun run = evaluate("--methods", "minmax,dvd-quant,dvd-quant-paper", "--bits", "w4a8,w4a6", "--samples",
                "2", "--export-vbench", folder.resolve("vbench").toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("full precision", "W4A8 minmax", "W4A8 dvd-quant", "W4A6 dvd-quant δ-GBS",
                "W4A8 dvd-quant-paper (emulated)", "Differences to dvd-quant", "the report is in")
                .doesNotContain("W4A6 minmax");
        Path report = folder.resolve("report");
        assertThat(report).isDirectoryContaining("glob:**index.html").isDirectoryContaining("glob:**results.csv")
                .isDirectoryContaining("glob:**clips.csv").isDirectoryContaining("glob:**results.json");
        assertThat(run.out()).containsPattern("W4A8 minmax +[+−]\\d+\\.\\d ± \\d+\\.\\d \\([0-4]\\)");
        for (String file : List.of("index.html", "results.json")) {
            assertThat(report.resolve(file)).content().containsPattern("[+−]\\d+\\.\\d ± \\d+\\.\\d \\([0-4]\\)");
        }
        assertThat(report.resolve("models")).doesNotExist();
        assertThat(report.resolve("clips.csv")).content().hasLineCount(1 + 4 * 6)
                .contains(",schedule,remark", ",FF,", ",88,");
        assertThat(folder.resolve("vbench/w4a8-dvd-quant/a red circle-1.mp4")).isNotEmptyFile();
        assertThat(folder.resolve("vbench/full-precision/a blue star-0.mp4")).isNotEmptyFile();
    }

    @Test
    void takesModelsThatWereQuantizedBefore() throws IOException {
        Path one = folder.resolve("row-wise");
        assertThat(CommandRun.of("quantize", MODEL, "-o", one.toString(), "--group", "none", "-q").exit()).isZero();
        CommandRun run = evaluate("--models", one.toString(), "--methods", "dvd-quant", "--bits", "w4a4");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("W4A4 dvd-quant", "W4A4 row-wise", "Differences to dvd-quant");
        assertThat(one.resolve("model_index.json")).exists();
        CommandRun twice = evaluate("--models", one + "," + one.resolve("../row-wise"));
        assertThat(twice.exit()).isEqualTo(2);
        assertThat(twice.err()).contains("there would be two rows 'W4A8 row-wise'");
        Path namesake = Files.createSymbolicLink(folder.resolve("dvd-quant"), one);
        CommandRun same = evaluate("--models", namesake.toString(), "--bits", "w4a4", "--ablation");
        assertThat(same.exit()).isEqualTo(2);
        assertThat(same.err()).contains("there would be two rows 'W4A4 dvd-quant'");
        CommandRun full = evaluate("--models", MODEL);
        assertThat(full.exit()).isEqualTo(2);
        assertThat(full.err()).contains("this model is in full precision, expected a quantized one");
    }

    @Test
    void goesOnWhereItWasAndComputesAgainWhatChanged() throws IOException {
        assertThat(evaluate("--methods", "dvd-quant", "--bits", "w4a8").exit()).isZero();
        Map<Path, FileTime> first = results();
        String csv = Files.readString(folder.resolve("report/results.csv"));
        assertThat(first).hasSize(2 * 2 * 2);

        Path lost = first.keySet().iterator().next().getParent();
        Files.delete(lost.resolve("measured.json"));
        Path damaged = first.keySet().stream().toList().getLast().getParent();
        Files.writeString(damaged.resolve("sampling.json"), "{");
        CommandRun again = evaluate("--methods", "dvd-quant", "--bits", "w4a8");
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(again.err()).contains("4 clips, 2 of them from an earlier run", "clip 2/2");
        Map<Path, FileTime> second = results();
        assertThat(second.keySet()).isEqualTo(first.keySet());
        assertThat(second.entrySet().stream().filter(e -> !e.getValue().equals(first.get(e.getKey()))))
                .allSatisfy(e -> assertThat(e.getKey().getParent()).isIn(lost, damaged));
        assertThat(quality(Files.readString(folder.resolve("report/results.csv")))).isEqualTo(quality(csv));

        CommandRun seed = evaluate("--methods", "dvd-quant", "--bits", "w4a8", "--seed", "1");
        assertThat(seed.err()).contains("4 clips").doesNotContain("earlier run");
        CommandRun more = evaluate("--methods", "dvd-quant", "--bits", "w4a8,w4a4", "--seed", "1");
        assertThat(more.err()).contains("6 clips, 4 of them from an earlier run");
    }

    /** All columns but those of time and memory. */
    private static String quality(String csv) {
        List<String> head = List.of(csv.lines().findFirst().orElseThrow().split(","));
        return csv.lines().map(line -> {
            String[] cells = line.split(",", -1);
            var kept = new StringBuilder();
            for (int i = 0; i < cells.length; i++) {
                if (i >= head.size() || !head.get(i).matches(".*(seconds|peak).*")) kept.append(cells[i]).append(',');
            }
            return kept;
        }).collect(Collectors.joining("\n"));
    }

    @Test
    void printsAblationAndSchedules() throws IOException {
        Files.writeString(folder.resolve("prompts.txt"), "a red circle");
        CommandRun run = evaluate("--ablation", "--schedules");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("Ablation. ", "W4A4 dvd-quant without BGR without ARQ", "Schedules. ",
                "W4A6 dvd-quant, both-ends").doesNotContain("smoothquant");
        assertThat(run.err()).contains("13 clips");
    }

    @Test
    void asksTheJudge() throws IOException {
        Files.writeString(folder.resolve("prompts.txt"),
                "a small red circle grows on a plain navy background\na large blue star bounces on a striped teal background");
        CommandRun run = evaluateWhole("--methods", "dvd-quant", "--bits", "w4a4", "--judge", "--steps", "1");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("Judge, attributes", "Fréchet", "The judge, by attribute").containsPattern(
                "full precision +\\d\\.\\d\\d \\[");
    }
}
