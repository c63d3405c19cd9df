package dvdquant.evaluate.report.page;

import dvdquant.core.InputException;
import dvdquant.evaluate.report.ClipFile;
import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.FrameScores;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Schedule;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.report.Traces;
import dvdquant.evaluate.report.Variant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportWriterTest {
    private Report report;

    @BeforeAll
    void make(@TempDir Path folder) {
        report = SampleReport.write(folder);
    }

    @Test
    void writesThePageAndTheDataAndNothingElse(@TempDir Path folder) throws IOException {
        Path page = ReportWriter.write(report, folder);
        assertThat(page).isEqualTo(folder.resolve("index.html"));
        try (var files = Files.list(folder)) {
            assertThat(files).extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("index.html", "results.csv", "clips.csv", "results.json");
        }
        assertThat(Files.readString(page)).startsWith("<!doctype html>\n<html lang=\"en\">")
                .endsWith("</body></html>\n");
        ReportWriter.write(report, folder); // again, over the first
    }

    @Test
    void pageNamesNothingOutsideOfItself(@TempDir Path folder) throws IOException {
        String page = Files.readString(ReportWriter.write(report, folder));
        assertThat(Pattern.compile("(src|href)=\"([^\"]{0,40})").matcher(page).results().map(m -> m.group(2)))
                .allMatch(target -> target.startsWith("data:") || target.matches("(results|clips)\\.(csv|json)"));
        assertThat(page).contains("default-src &#39;none&#39;").doesNotContain("@import").doesNotContain("url(");
    }

    @Test
    void clipsBeyondTheLimitGoBesideThePage(@TempDir Path folder) throws IOException {
        Path first = report.scenes().getFirst().clips().getFirst().file().orElseThrow().path();
        String page = Files.readString(ReportWriter.write(report, folder, Files.size(first)));
        assertThat(page).containsOnlyOnce("src=\"data:video/mp4").contains("src=\"media/scene-1-2.mp4\"")
                .contains("media-src data: &#39;self&#39; file:");
        assertThat(folder.resolve("media/scene-2-5.mp4")).hasSameBinaryContentAs(
                report.scenes().get(1).clips().get(4).file().orElseThrow().path());
    }

    @Test
    void resultsHaveARowAVariantAndClipsARowAClip(@TempDir Path folder) throws IOException {
        ReportWriter.write(report, folder);
        String[] results = Files.readString(folder.resolve("results.csv")).split("\r\n");
        assertThat(results).hasSize(6);
        assertThat(results[0]).startsWith("variant,method,group,reference,emulated,bits_weight,bits_weight_se,")
                .contains(",judge_all,judge_all_low,judge_all_high,");
        assertThat(results[1]).startsWith("full precision,,,true,false,16,,16.25,,16,,18200000,,");
        assertThat(results[5]).startsWith("W4A4 minmax,minmax,,false,true,4.13,,4.38,,4,,4900000,,2,0.4,");
        assertThat(results).allMatch(row -> row.split(",", -1).length == results[0].split(",").length);
        String[] clips = Files.readString(folder.resolve("clips.csv")).split("\r\n");
        assertThat(clips).hasSize(11);
        assertThat(clips[0]).endsWith(",schedule,remark");
        assertThat(clips[4]).endsWith(",884484-48444-8448488,");
        assertThat(clips[6]).startsWith(
                "\"<script>document.title = 'taken'</script> a \"\"red\"\" circle & 'its' <b>shadow</b>\",43,full precision,");
    }

    @Test
    void jsonHoldsTheSame(@TempDir Path folder) {
        ReportWriter.write(report, folder);
        JsonNode root = JsonMapper.builder().build().readTree(folder.resolve("results.json").toFile());
        JsonNode variant = root.get("variants").get(3);
        assertThat(variant.get("variant").asString()).isEqualTo("W4A4 + δ-GBS");
        assertThat(variant.get("figures").get("psnr_db").get("standard_error").asDouble()).isEqualTo(0.7);
        assertThat(variant.get("steps")).hasSize(20);
        assertThat(variant.get("steps").get(6).get("skipped").asBoolean()).isTrue();
        assertThat(variant.get("layers")).hasSize(80);
        assertThat(root.get("scenes").get(1).get("prompt").asString()).isEqualTo(SampleReport.HOSTILE);
        assertThat(root.get("scenes").get(0).get("clips").get(1).get("psnr_db_by_frame")).hasSize(17);
        JsonNode switching = root.get("scenes").get(1).get("clips").get(3);
        assertThat(switching.get("schedule").asString()).isEqualTo("884484-48444-8448488");
        assertThat(switching.get("deltas")).hasSize(20);
        assertThat(switching.get("deltas").get(0).isNull()).isTrue();
        assertThat(switching.get("deltas").get(2).asDouble()).isEqualTo(0.25);
        assertThat(root.get("scenes").get(1).get("clips").get(1).has("deltas")).isFalse();
    }

    @Test
    void aClipThatIsMissingIsNamedAndThePageIsNotWritten(@TempDir Path folder) {
        Path missing = folder.resolve("missing.mp4");
        var clip = new ClipResult("one", Map.of(), FrameScores.NONE, Schedule.NONE, "",
                Optional.of(new ClipFile(missing, 16, 16, 5, 8)));
        var broken = new Report(new Heading("", "", List.of(), List.of(), List.of()),
                List.of(new Variant("one", "", "", Standing.GENUINE, Map.of(), Traces.NONE)),
                List.of(new Scene("prompt", 1, List.of(clip))), List.of());
        assertThatThrownBy(() -> ReportWriter.write(broken, folder.resolve("report")))
                .isInstanceOf(InputException.class).hasMessageContaining(missing.toString());
        assertThat(folder.resolve("report/index.html")).doesNotExist();
    }

    @Test
    void theBestOfEachBitWidthIsMarkedAndAnEmulatedTimeIsNot(@TempDir Path folder) throws IOException {
        String page = Files.readString(ReportWriter.write(LargeReport.make(), folder));
        List<String> rows = Pattern.compile("<tr data-group=.*").matcher(page).results().map(m -> m.group()).toList();
        assertThat(rows).hasSize(29);
        assertThat(rows).filteredOn(row -> row.contains("class=\"best\""))
                .hasSize(8).allMatch(row -> row.contains(" dvd-quant</span>") || row.contains(" minmax</span>"));
        assertThat(Files.readAllLines(folder.resolve("clips.csv"))).hasSize(1 + 16 * 29);
    }
}
