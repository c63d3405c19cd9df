package dvdquant.core.metrics;

import dvdquant.core.video.Video;
import dvdquant.core.video.Videos;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class FlickerTest {
    @Test
    void isTheMeanChangeFromFrameToFrame() {
        Video clip = Videos.ofGrays(0, 255, 204);
        assertThat(Flicker.of(clip)).isEqualTo((1 + 0.2) / 2, within(1e-12));
        Flicker flicker = Flicker.of(clip, Videos.ofGrays(0, 51, 0));
        assertThat(flicker.reference()).isEqualTo(0.2, within(1e-12));
        assertThat(flicker.ratio()).isEqualTo(3, within(1e-12));
    }

    @Test
    void hasAnAnswerForStillClips() {
        Video still = Videos.ofGrays(9, 9);
        assertThat(Flicker.of(still, still).ratio()).isEqualTo(1);
        assertThat(Flicker.of(still, Videos.ofGrays(0, 9)).ratio()).isZero();
        assertThat(Flicker.of(Videos.ofGrays(0, 9), still).ratio()).isInfinite();
        assertThat(Flicker.of(Videos.ofGrays(7))).isZero();
    }
}
