package dvdquant.evaluate.report;

import java.util.Map;
import java.util.Optional;

/**
 * What one variant made of a prompt.
 *
 * @param variant its label
 * @param values what was measured on this clip; empty for the reference
 * @param schedule its bits over the steps
 * @param remark what else to say under the clip, as the judge's answer; may be empty
 * @param file the clip, where the report is to show it
 */
public record ClipResult(String variant, Map<Measure, Double> values, FrameScores frames, Schedule schedule,
        String remark,
        Optional<ClipFile> file) {
    public ClipResult {
        values = Map.copyOf(values);
    }
}
