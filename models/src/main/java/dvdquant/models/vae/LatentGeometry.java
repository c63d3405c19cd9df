package dvdquant.models.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.tensor.Tensor;

/**
 * How clips and latents measure up: the first frame is a latent of its own, then some frames are one.
 *
 * @param channels of the latents
 * @param framesPerLatent but for the first latent, which is one frame
 * @param pixelsPerLatent along height and along width
 * @param patchHeight latents that a model takes together along the height; 1 where no model is asked, but the autoencoder alone
 * @param patchWidth the same along the width
 */
public record LatentGeometry(int channels, int framesPerLatent, int pixelsPerLatent, int patchHeight, int patchWidth) {
    /** Of an autoencoder alone. */
    public LatentGeometry(int channels, int framesPerLatent, int pixelsPerLatent) {
        this(channels, framesPerLatent, pixelsPerLatent, 1, 1);
    }

    /** For a model that takes so many latents together. */
    public LatentGeometry withPatches(int height, int width) {
        return new LatentGeometry(channels, framesPerLatent, pixelsPerLatent, height, width);
    }

    /** What both sides of a clip are multiples of. */
    public int sideMultiple() {
        return pixelsPerLatent * (patchHeight == patchWidth ? patchHeight : patchHeight * patchWidth);
    }

    /**
     * @return [1, channels, frames, height, width]
     * @throws InputException if no latents make a clip of this size
     */
    public Shape latents(ClipSize clip) {
        if (clip.frames() < 1 || (clip.frames() - 1) % framesPerLatent != 0) {
            int below = Math.max(0, clip.frames() - 1) / framesPerLatent * framesPerLatent + 1;
            throw new InputException("frames: " + clip.frames() + ", expected a multiple of " + framesPerLatent
                    + " plus 1, such as " + below + " or " + (below + framesPerLatent));
        }
        requireMultiple("height", clip.height(), pixelsPerLatent * patchHeight);
        requireMultiple("width", clip.width(), pixelsPerLatent * patchWidth);
        return Shape.of(1, channels, 1 + (clip.frames() - 1) / framesPerLatent, clip.height() / pixelsPerLatent,
                clip.width() / pixelsPerLatent);
    }

    /**
     * @param video [1, 3, frames, height, width]
     * @return [1, channels, frames, height, width]
     * @throws InputException if it has no latents
     */
    public Shape latents(Shape video) {
        return latents(new ClipSize(Math.toIntExact(video.dim(2)), Math.toIntExact(video.dim(3)),
                Math.toIntExact(video.dim(4))));
    }

    private static void requireMultiple(String name, int value, int of) {
        if (value < of || value % of != 0) {
            int below = Math.max(of, value / of * of);
            throw new InputException(name + ": " + value + ", expected a multiple of " + of + ", such as " + below
                    + " or " + (below + of));
        }
    }

    /** @throws IllegalArgumentException unless these are latents of a clip, F32 */
    public void requireLatents(Tensor latents) {
        Shape shape = latents.shape();
        if (latents.type() != ElementType.F32 || shape.rank() != 5 || shape.elements() == 0 || shape.dim(0) != 1
                || shape.dim(1) != channels) {
            throw new IllegalArgumentException("latents are " + latents + ", expected F32 [1, " + channels
                    + ", frames, height, width]");
        }
    }

    /** @throws InputException unless this is a clip in pixels, F32, that has latents */
    public void requireVideo(Tensor video) {
        Shape shape = video.shape();
        if (video.type() != ElementType.F32 || shape.rank() != 5 || shape.elements() == 0 || shape.dim(0) != 1
                || shape.dim(1) != 3 || shape.dim(2) % framesPerLatent != 1 || shape.dim(3) % pixelsPerLatent != 0
                || shape.dim(4) % pixelsPerLatent != 0) {
            throw new InputException("video is " + video + ", expected F32 [1, 3, frames, height, width] with 1 + "
                    + framesPerLatent + " k frames, height and width multiples of " + pixelsPerLatent);
        }
    }

    /**
     * The clip that latents decode to.
     *
     * @throws InputException if latents of this shape are not this model's
     */
    public ClipSize clip(Shape latents) {
        if (latents.rank() != 5 || latents.dim(1) != channels) {
            throw new InputException("the latents are " + latents + ", expected [1, " + channels
                    + ", frames, height, width] for this model");
        }
        return new ClipSize(Math.toIntExact((latents.dim(2) - 1) * framesPerLatent + 1),
                Math.toIntExact(latents.dim(3) * pixelsPerLatent), Math.toIntExact(latents.dim(4) * pixelsPerLatent));
    }
}
