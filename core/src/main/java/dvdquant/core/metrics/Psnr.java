package dvdquant.core.metrics;

import dvdquant.core.InputException;
import dvdquant.core.video.Video;

import java.util.List;

/**
 * Peak signal-to-noise ratio of a frame: 10 · log₁₀(1 / mse) decibels, with values on [0, 1] and the mean over pixels and colors.
 * Frames that are all but equal, with an mse under 10⁻¹⁰, have 100.
 *
 * @see <a href="https://github.com/ali-vilab/TeaCache">TeaCache, eval/teacache/common_metrics/calculate_psnr.py</a>
 */
public final class Psnr {
    private static final double EQUAL_MSE = 1e-10;
    private static final double EQUAL_DB = 100;

    private Psnr() {}

    /**
     * @return a value a frame, in order; larger is better
     * @throws InputException if the clips differ in length or size
     */
    public static List<Double> of(Video clip, Video reference) {
        return FramePairs.score(clip, reference, Psnr::frame);
    }

    private static double frame(byte[] frame, byte[] reference) {
        long squares = 0;
        for (int i = 0; i < frame.length; i++) {
            int difference = (frame[i] & 0xff) - (reference[i] & 0xff);
            squares += difference * difference;
        }
        double mse = squares / (255.0 * 255.0 * frame.length);
        return mse < EQUAL_MSE ? EQUAL_DB : 10 * Math.log10(1 / mse);
    }
}
