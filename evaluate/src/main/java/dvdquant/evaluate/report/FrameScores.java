package dvdquant.evaluate.report;

import java.util.List;

/**
 * Scores of a clip's frames against the reference, in order; both empty for the reference.
 *
 * @param psnrDb peak signal-to-noise ratio in dB, 100 for equal frames
 * @param ssim structural similarity, 1 for equal frames
 */
public record FrameScores(List<Double> psnrDb, List<Double> ssim) {
    /** Of a clip that was compared with nothing. */
    public static final FrameScores NONE = new FrameScores(List.of(), List.of());

    public FrameScores {
        psnrDb = List.copyOf(psnrDb);
        ssim = List.copyOf(ssim);
    }
}
