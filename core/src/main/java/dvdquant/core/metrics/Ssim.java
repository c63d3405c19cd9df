package dvdquant.core.metrics;

import dvdquant.core.InputException;
import dvdquant.core.video.Video;

import java.util.List;

/**
 * Structural similarity of a frame, 1 for equal frames: means, variances and covariance under a Gaussian window of 11×11 pixels
 * with σ = 1.5, at the places where the whole window lies in the frame; values on [0, 1], C₁ = 0.01², C₂ = 0.03², in double; the
 * mean over places, then over red, green and blue.
 *
 * @see <a href="https://github.com/ali-vilab/TeaCache">TeaCache, eval/teacache/common_metrics/calculate_ssim.py</a>
 */
public final class Ssim {
    private Ssim() {}

    /**
     * @return a value a frame, in order; larger is better
     * @throws InputException if the clips differ in length or size, or their frames are smaller than the window
     */
    public static List<Double> of(Video clip, Video reference) {
        if (Math.min(clip.width(), clip.height()) < SsimChannel.WINDOW) {
            throw new InputException("SSIM needs frames of " + SsimChannel.WINDOW + "×" + SsimChannel.WINDOW
                    + " pixels or more, these are " + clip.width() + "×" + clip.height());
        }
        return FramePairs.score(clip, reference, (a, b) -> frame(a, b, clip.width(), clip.height()));
    }

    private static double frame(byte[] frame, byte[] reference, int width, int height) {
        var channel = new SsimChannel(width, height);
        return (channel.mean(frame, reference, 0) + channel.mean(frame, reference, 1)
                + channel.mean(frame, reference, 2)) / 3;
    }
}
