package dvdquant.evaluate.summary;

import dvdquant.evaluate.report.ReportTable;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class PairedTableTest {
    private static List<String> rows(ReportTable table) {
        return table.rows().stream().map(List::getFirst).toList();
    }

    @Test
    void countsTheClipsInWhichDvdQuantIsAhead() {
        var results = new MadeUpResults(3).with("W4A8", "minmax", 10, 22, 22).with("W4A8", "dvd-quant", 20, 21, 22);
        List<ReportTable> tables = PairedTable.of(results.results());
        assertThat(tables).hasSize(1);
        ReportTable table = tables.getFirst();
        assertThat(table.title()).isEqualTo("Differences to dvd-quant");
        assertThat(table.caption()).startsWith("Each row minus dvd-quant at the same bits, clip by clip")
                .contains("over 3 clips, and in brackets in how many of them dvd-quant is ahead");
        assertThat(table.columns()).containsExactly("row", "Latents, dB", "PSNR, dB", "SSIM", "LPIPS");
        // the third clip is a tie; LPIPS is the better the lower it is
        assertThat(table.rows()).containsExactly(List.of("W4A8 minmax", "−3.0 ± 3.5 (1)", "−3.0 ± 3.5 (1)",
                "+0.000 ± 0.000 (0)", "+0.016 ± 0.017 (1)"));
    }

    @Test
    void withoutDvdQuantTheFirstRowAtTheSameBitsIsTheBase() {
        var results = new MadeUpResults(2).with("W4A8", "a", 20, 21).with("W4A8", "b", 19, 20)
                .with("W4A8", "c", 21, 23).with("W4A4", "a", 10, 11).with("W4A4", "b", 9, 9);
        List<ReportTable> tables = PairedTable.of(results.results());
        assertThat(tables).hasSize(1);
        assertThat(tables.getFirst().title()).isEqualTo("Differences to a");
        assertThat(tables.getFirst().caption()).startsWith("Each row minus a, the first row, at the same bits");
        assertThat(rows(tables.getFirst())).containsExactly("W4A8 b", "W4A8 c", "W4A4 b");
        assertThat(tables.getFirst().rows()).map(row -> row.get(1)).containsExactly("−1.0 ± 0.0 (2)",
                "+1.5 ± 0.5 (0)", "−1.5 ± 0.5 (2)");
    }

    @Test
    void eachBaseHasATableOfItsOwn() {
        var results = new MadeUpResults(2).with("W8A8", "a", 30, 31).with("W8A8", "b", 29, 30)
                .with("W4A8", "a", 19, 20).with("W4A8", "dvd-quant", 21, 23);
        List<ReportTable> tables = PairedTable.of(results.results());
        assertThat(tables).map(ReportTable::title).containsExactly("Differences to a", "Differences to dvd-quant");
        assertThat(rows(tables.get(0))).containsExactly("W8A8 b");
        assertThat(rows(tables.get(1))).containsExactly("W4A8 a");
    }

    @Test
    void thereIsNoneWithNothingToPair() {
        assertThat(PairedTable.of(new MadeUpResults(1).with("W4A8", "a", 20).with("W4A8", "b", 19).results()))
                .isEmpty();
        assertThat(PairedTable.of(new MadeUpResults(2).with("W4A8", "a", 20, 21).with("W4A4", "b", 19, 20).results()))
                .isEmpty();
    }
}
