package dvdquant.core.quant.weights;

import dvdquant.core.quant.rotation.Rotation;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class ErrorHistogramTest {
    private static final WeightScheme ROWS = new WeightScheme(new CodeRange(4), Rounding.BGR, new GroupSize.WholeRow(),
            new Rotation.None());

    /** A row whose codes all stand for 0, in steps of 2. */
    private static QuantizedRow zeros(int columns, WeightScheme scheme) {
        var row = new QuantizedRow(columns, scheme);
        Arrays.fill(row.codes(), (byte) 7);
        Arrays.fill(row.zeroPoints(), (byte) 7);
        Arrays.fill(row.multipliers(), (byte) 1);
        Arrays.fill(row.scales(), 2);
        return row;
    }

    private static long countFrom(ErrorHistogram histogram, double low) {
        int bin = IntStream.range(0, histogram.counts().length)
                .filter(i -> Math.abs(ErrorHistogram.low(i) - low) < 1e-9).findFirst().orElseThrow();
        return histogram.counts()[bin];
    }

    @Test
    void errorsAreCountedInSteps() {
        var histogram = new ErrorHistogram();
        histogram.add(new float[]{99, 0, 0.1f, -0.1f, 0.9f, -2.1f, 2, 100}, 1, zeros(7, ROWS));
        assertThat(histogram.total()).isEqualTo(7);
        assertThat(countFrom(histogram, 0)).isEqualTo(2); // 0 and 0.05
        assertThat(countFrom(histogram, -0.1)).isEqualTo(1);
        assertThat(countFrom(histogram, 0.4)).isEqualTo(1);
        assertThat(histogram.counts()[0]).as("below −1").isEqualTo(1);
        assertThat(histogram.counts()[histogram.counts().length - 1]).as("1 and above").isEqualTo(2);
    }

    @Test
    void aGroupsStepIsItsOwn() {
        QuantizedRow row = zeros(4, ROWS.withGroup(new GroupSize.Multiples(2)));
        row.multipliers()[1] = 4;
        var histogram = new ErrorHistogram();
        histogram.add(new float[]{0.5f, 0.5f, 0.5f, 0.5f}, 0, row);
        assertThat(countFrom(histogram, 0.2)).isEqualTo(2); // 0.25 steps of 2
        assertThat(countFrom(histogram, 0)).isEqualTo(2); // 0.0625 steps of 8
    }

    @Test
    void stepsOfADamagedFileCountSomewhere() {
        QuantizedRow row = zeros(3, ROWS);
        row.scales()[0] = 0;
        var histogram = new ErrorHistogram();
        histogram.add(new float[]{0, 1, -1}, 0, row);
        assertThat(countFrom(histogram, 0)).isEqualTo(1);
        assertThat(histogram.total()).isEqualTo(3);
    }

    @Test
    void histogramsAddUp() {
        var one = new ErrorHistogram();
        one.add(new float[]{0.1f, 100}, 0, zeros(2, ROWS));
        var other = new ErrorHistogram();
        other.add(new float[]{0.1f, -100}, 0, zeros(2, ROWS));
        one.addAll(other);
        assertThat(one.total()).isEqualTo(4);
        assertThat(countFrom(one, 0)).isEqualTo(2);
    }
}
