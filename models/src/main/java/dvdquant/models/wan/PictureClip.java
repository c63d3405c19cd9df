package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.image.ChannelNormalization;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.wan.vae.VaeConfig;
import dvdquant.tensor.Tensor;

import java.util.Arrays;

/**
 * A clip of which pictures are known, and nothing else: what is unknown is zero, which is gray.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan_i2v.py">diffusers,
 *      WanImageToVideoPipeline.prepare_latents</a>
 */
final class PictureClip {
    private PictureClip() {}

    /** @return [1, 3, frames, height, width], F32 in [−1, 1], on the CPU, in the caller's scope */
    static Tensor of(ImagePrompt images, ClipSize size) {
        Tensor video = Tensor.zeros(ElementType.F32, 1, 3, size.frames(), size.height(), size.width());
        images.first().ifPresent(image -> put(image, 0, video, images, size));
        images.last().ifPresent(image -> put(image, size.frames() - 1, video, images, size));
        return video;
    }

    private static void put(RgbImage image, int frame, Tensor video, ImagePrompt images, ClipSize size) {
        RgbImage fitted = images.fit().fit(image, new ImageSize(size.width(), size.height()));
        video.narrow(2, frame, 1).copyFrom(Tensor.ofFloats(ChannelNormalization.SYMMETRIC.apply(fitted), 1, 3, 1,
                size.height(), size.width()));
    }

    /**
     * Latents of the clip behind a mask, a channel for each frame of a latent, which is 1 where that frame is known. The first latent is of one
     * frame, which stands for all of them.
     *
     * @param latents [1, channels, frames, height, width]
     * @return [1, mask and latent channels, frames, height, width]
     */
    static ConditioningTensor masked(ConditioningTensor latents, ImagePrompt images) {
        Shape shape = latents.shape();
        int mask = VaeConfig.FRAMES_PER_LATENT;
        int frames = Math.toIntExact(shape.dim(2));
        int area = Math.toIntExact(shape.dim(3) * shape.dim(4));
        var values = new float[mask * frames * area + latents.values().length];
        for (int channel = 0; channel < mask; channel++) {
            if (images.first().isPresent()) fill(values, channel * frames, area);
        }
        if (images.last().isPresent()) fill(values, mask * frames - 1, area);
        System.arraycopy(latents.values(), 0, values, mask * frames * area, latents.values().length);
        return new ConditioningTensor(Shape.of(1, mask + shape.dim(1), frames, shape.dim(3), shape.dim(4)), values);
    }

    private static void fill(float[] values, int frame, int area) {
        Arrays.fill(values, frame * area, (frame + 1) * area, 1);
    }
}
