package dvdquant.core.metrics;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ShareTest {
    /** The ends are where the share is 1.96 of its own standard deviations away: (p̂ − p)² = z² p (1 − p) / n. */
    @ParameterizedTest
    @CsvSource({"67, 96", "1, 3", "95, 96", "50, 100"})
    void intervalEndsAreWilsons(int hits, int trials) {
        Share share = new Share(hits, trials);
        assertThat(share.value()).isEqualTo((double) hits / trials);
        for (double end : new double[]{share.low(), share.high()}) {
            double distance = share.value() - end;
            assertThat(distance * distance).isEqualTo(1.959964 * 1.959964 * end * (1 - end) / trials, within(1e-7));
        }
        assertThat(share.low()).isBetween(0.0, share.value());
        assertThat(share.high()).isBetween(share.value(), 1.0);
    }

    @Test
    void intervalStaysWithinItsBounds() {
        assertThat(new Share(0, 10).low()).isZero();
        assertThat(new Share(0, 10).high()).isEqualTo(0.27753, within(1e-5));
        assertThat(new Share(10, 10).low()).isEqualTo(0.72247, within(1e-5));
        assertThat(new Share(10, 10).high()).isEqualTo(1);
        assertThatThrownBy(() -> new Share(3, 2)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("3 hits in 2 trials");
        assertThatThrownBy(() -> new Share(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
