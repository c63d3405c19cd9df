package dvdquant.models.survey;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MaximaOverStepsTest {
    @Test
    void stepsAndPromptsAreKeptApart() {
        var maxima = new MaximaOverSteps(3);
        maxima.add(new float[]{1, -8, 2}, 0);
        maxima.add(new float[]{0, -3, 4, 1}, 1);
        maxima.endStep(0); // 3, 8, 2
        maxima.add(new float[]{1, 2, 4}, 0);
        maxima.endStep(1);
        maxima.endStep(2); // not seen: a step that was skipped
        maxima.add(new float[]{6, 4, 2}, 0);
        maxima.endStep(0); // of the next prompt
        ChannelMaxima result = maxima.result();
        assertThat(result.highest()).containsExactly(6, 8, 4);
        assertThat(result.lowest()).containsExactly(1, 2, 2);
        assertThat(result.largest()).containsExactly(8, 4);
        assertThat(result.median()).containsExactly(4, 2);
        assertThat(result.outlierRatio()).isEqualTo(8 / 6.0, Offset.offset(1e-6));
        assertThat(result.drift()).as("of 6, 4 and 2").isEqualTo(4);
    }

    @Test
    void channelsThatAreAlwaysZeroAreNoOutliers() {
        var maxima = new MaximaOverSteps(2);
        maxima.add(new float[]{0, 0}, 0);
        maxima.endStep(0);
        assertThat(maxima.result().outlierRatio()).isEqualTo(1);
        assertThat(maxima.result().drift()).isEqualTo(1);
    }

    @Test
    void sortedChannelsKeepTheirEnds() {
        float[] values = {5, 1, 4, 2, 3};
        assertThat(ChannelMaxima.sorted(values, 3)).containsExactly(5, 3, 1);
        assertThat(ChannelMaxima.sorted(values, 9)).startsWith(5).endsWith(1).hasSize(9);
        assertThat(ChannelMaxima.sorted(new float[]{7}, 2)).containsExactly(7, 7);
        assertThat(values).as("not sorted itself").containsExactly(5, 1, 4, 2, 3);
    }
}
