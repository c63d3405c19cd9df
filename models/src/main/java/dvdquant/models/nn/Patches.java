package dvdquant.models.nn;

import dvdquant.core.format.Shape;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * Latents cut into patches, of which each is a token, in the order of frames, rows and columns.
 *
 * @param frames latents of a patch along the time
 * @param rows latents of a patch along the height
 * @param columns latents of a patch along the width
 */
public record Patches(int frames, int rows, int columns) {
    /**
     * {@return patches of such sizes}
     *
     * @param sizes frames, rows and columns
     */
    public static Patches of(List<Integer> sizes) {
        return new Patches(sizes.get(0), sizes.get(1), sizes.get(2));
    }

    /** {@return how many values of one channel a patch has} */
    public int volume() {
        return frames * rows * columns;
    }

    /**
     * {@return how many tokens lie along an axis of some latents}
     *
     * @param axis of the latents: 2 of the frames, 3 of the rows, 4 of the columns
     * @param latents [1, channels, frames, height, width]
     * @throws IllegalArgumentException if it is another axis
     */
    public int along(int axis, Shape latents) {
        int size = switch (axis) {
            case 2 -> frames;
            case 3 -> rows;
            case 4 -> columns;
            default -> throw new IllegalArgumentException("axis " + axis);
        };
        return Math.toIntExact(latents.dim(axis) / size);
    }

    /**
     * {@return how many tokens some latents are}
     *
     * @param latents [1, channels, frames, height, width]
     */
    public long count(Shape latents) {
        return (long) along(2, latents) * along(3, latents) * along(4, latents);
    }

    /**
     * {@return the patches as tokens, [tokens, channels · volume]}
     *
     * @param latents [1, channels, frames, height, width]
     */
    public Tensor split(Tensor latents) {
        Shape shape = latents.shape();
        return latents
                .reshape(shape.dim(1), along(2, shape), frames, along(3, shape), rows, along(4, shape), columns)
                .permute(1, 3, 5, 0, 2, 4, 6).reshape(count(shape), shape.dim(1) * volume()).contiguous();
    }

    /**
     * {@return {@link #split} undone}
     *
     * @param tokens as many values as [tokens, channels · volume]
     * @param shape of the latents
     */
    public Tensor join(Tensor tokens, Shape shape) {
        return tokens
                .reshape(along(2, shape), along(3, shape), along(4, shape), shape.dim(1), frames, rows, columns)
                .permute(3, 0, 4, 1, 5, 2, 6).reshape(shape.dims()).contiguous();
    }
}
