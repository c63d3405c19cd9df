package dvdquant.evaluate.store;

import dvdquant.evaluate.judge.Judgement;

import java.util.List;
import java.util.Optional;

/**
 * What was measured of a clip.
 *
 * @param fidelity to the reference's clip; empty for the reference
 * @param flicker mean change from frame to frame
 * @param judgement where the judge was asked
 */
public record Measured(Optional<Fidelity> fidelity, double flicker, Optional<Judgement> judgement) {
    /**
     * How near a clip is to the reference's.
     *
     * @param latentsDb signal over error of the final latents; infinite if they are equal
     * @param psnrDb of each frame
     * @param ssim of each frame
     * @param lpips of each frame, where its weights were given
     */
    public record Fidelity(double latentsDb, List<Double> psnrDb, List<Double> ssim, Optional<List<Double>> lpips) {
        /** @throws IllegalArgumentException if there is no frame, or a score is NaN */
        public Fidelity {
            psnrDb = requireScores(psnrDb);
            ssim = requireScores(ssim);
            lpips = lpips.map(Fidelity::requireScores);
        }

        private static List<Double> requireScores(List<Double> frames) {
            if (frames.isEmpty()) throw new IllegalArgumentException("scores of no frames");
            if (frames.contains(Double.NaN)) throw new IllegalArgumentException("a frame's score is NaN: " + frames);
            return List.copyOf(frames);
        }
    }
}
