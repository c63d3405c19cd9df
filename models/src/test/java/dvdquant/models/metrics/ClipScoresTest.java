package dvdquant.models.metrics;

import dvdquant.core.InputException;
import dvdquant.core.metrics.Psnr;
import dvdquant.core.metrics.Ssim;
import dvdquant.core.video.Video;
import dvdquant.core.video.Videos;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ClipScoresTest {
    private static final Video REFERENCE = Videos.random(1, 16, 12, 3);
    private static final Video CLIP = Videos.noisy(REFERENCE, 2, 9);

    @Test
    void gathersWhatNeedsNoNetwork() {
        ClipScores scores = ClipScores.of(CLIP, REFERENCE, new float[]{3, 5}, new float[]{3, 4});
        assertThat(scores.psnr()).isEqualTo(Psnr.of(CLIP, REFERENCE));
        assertThat(scores.ssim()).isEqualTo(Ssim.of(CLIP, REFERENCE));
        assertThat(scores.latentsDb()).isEqualTo(20 * Math.log10(5), within(1e-9));
        assertThat(scores.flicker().ratio()).isBetween(0.9, 1.1).isNotEqualTo(1);
    }

    @Test
    void aClipAgainstItselfHasNoError() {
        ClipScores scores = ClipScores.of(CLIP, CLIP, new float[]{1, 2}, new float[]{1, 2});
        assertThat(scores.psnr().worst()).isEqualTo(100);
        assertThat(scores.ssim().worst()).isEqualTo(1);
        assertThat(scores.latentsDb()).isInfinite().isPositive();
        assertThat(scores.flicker().ratio()).isEqualTo(1);
    }

    @Test
    void latentsMustBeFinite() {
        assertThatThrownBy(() -> ClipScores.of(CLIP, REFERENCE, new float[]{1, Float.NaN}, new float[]{1, 2}))
                .isInstanceOf(InputException.class)
                .hasMessage("the clip's latents hold NaN at element 1, expected finite numbers");
        assertThatThrownBy(
                () -> ClipScores.of(CLIP, REFERENCE, new float[1], new float[]{Float.NEGATIVE_INFINITY}))
                .isInstanceOf(InputException.class)
                .hasMessage("the reference's latents hold -Infinity at element 0, expected finite numbers");
    }
}
