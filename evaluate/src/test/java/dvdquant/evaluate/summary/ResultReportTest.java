package dvdquant.evaluate.summary;

import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.Schedule;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

class ResultReportTest {
    private static final OptionalDouble NONE = OptionalDouble.empty();

    private static StepRecord step(int step, int bits, Forward forward, OptionalDouble delta) {
        return new StepRecord(step, 999, bits, List.of(forward), NONE, delta, 0.5);
    }

    @Test
    void eachClipHasItsScheduleAndItsDeltas() {
        var results = new MadeUpResults(2).with("W4A6", "dvd-quant", 20, 21)
                .sampledBy(List.of(step(0, 8, Forward.COMPUTED, NONE),
                        step(1, 4, Forward.COMPUTED, OptionalDouble.of(0.25)), step(2, 0, Forward.SKIPPED, NONE)));
        Report report = new ResultReport(results.results(), Map.of(), 0)
                .of(new Heading("", "", List.of(), List.of(), List.of()), Tables.NONE);
        List<ClipResult> first = report.scenes().getFirst().clips();
        assertThat(first.get(0).schedule()).isEqualTo(new Schedule("F", List.of(NONE)));
        assertThat(first.get(1).schedule()).isEqualTo(
                new Schedule("84-", List.of(NONE, OptionalDouble.of(0.25), NONE)));
        assertThat(report.scenes().get(1).clips().get(1).schedule().steps()).isEqualTo("84");
    }
}
