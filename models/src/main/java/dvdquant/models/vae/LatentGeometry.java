package dvdquant.models.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.ClipSize;

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

    private static void requireMultiple(String name, int value, int of) {
        if (value < of || value % of != 0) {
            int below = Math.max(of, value / of * of);
            throw new InputException(name + ": " + value + ", expected a multiple of " + of + ", such as " + below
                    + " or " + (below + of));
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
