package dvdquant.core.metrics;

import dvdquant.core.video.Videos;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class FlickerTest {
    @Test
    void isTheMeanChangeFromFrameToFrame() {
        assertThat(Flicker.of(Videos.ofGrays(0, 255, 204))).isEqualTo((1 + 0.2) / 2, within(1e-12));
        assertThat(Flicker.of(Videos.ofGrays(0, 51, 0))).isEqualTo(0.2, within(1e-12));
    }

    @Test
    void hasAnAnswerForStillClips() {
        assertThat(Flicker.of(Videos.ofGrays(9, 9))).isZero();
        assertThat(Flicker.of(Videos.ofGrays(7))).isZero();
    }
}
