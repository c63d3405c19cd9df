package dvdquant.models.metrics;

import dvdquant.core.InputException;
import dvdquant.core.metrics.Flicker;
import dvdquant.core.metrics.FrameScores;
import dvdquant.core.metrics.Psnr;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.metrics.Ssim;
import dvdquant.core.video.Video;

/**
 * What clips and latents alone tell of one clip and its reference: the clip of the same prompt and seed in full precision.
 *
 * @param psnr in decibels
 * @param latentsDb signal-to-noise ratio of the final latents; infinite if they are equal
 * @param flicker to be shown, not to rank by
 */
public record ClipScores(FrameScores psnr, FrameScores ssim, double latentsDb, Flicker flicker) {
    /**
     * @throws InputException if the clips differ in length or size or are too small for SSIM, or a latent is NaN or infinite
     */
    public static ClipScores of(Video clip, Video reference, float[] latents, float[] referenceLatents) {
        requireFinite(latents, "the clip's");
        requireFinite(referenceLatents, "the reference's");
        return new ClipScores(Psnr.of(clip, reference), Ssim.of(clip, reference), Sqnr.db(latents, referenceLatents),
                Flicker.of(clip, reference));
    }

    private static void requireFinite(float[] latents, String whose) {
        for (int i = 0; i < latents.length; i++) {
            if (!Float.isFinite(latents[i])) {
                throw new InputException(whose + " latents hold " + latents[i] + " at element " + i
                        + ", expected finite numbers");
            }
        }
    }
}
