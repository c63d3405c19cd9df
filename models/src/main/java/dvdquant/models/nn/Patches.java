package dvdquant.models.nn;

import dvdquant.core.format.Shape;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * Latents cut into patches, of which each is a token, in the order of frames, rows and columns.
 *
 * @param frames latents of a patch along each axis, as {@code rows} and {@code columns}
 */
public record Patches(int frames, int rows, int columns) {
    /** @param sizes frames, rows and columns */
    public static Patches of(List<Integer> sizes) {
        return new Patches(sizes.get(0), sizes.get(1), sizes.get(2));
    }

    /** Values of a patch of one channel. */
    public int volume() {
        return frames * rows * columns;
    }

    /** How many tokens latents of a shape are along an axis of it: 2 of the frames, 3 of the rows, 4 of the columns. */
    public int along(int axis, Shape latents) {
        int size = switch (axis) {
            case 2 -> frames;
            case 3 -> rows;
            case 4 -> columns;
            default -> throw new IllegalArgumentException("axis " + axis);
        };
        return Math.toIntExact(latents.dim(axis) / size);
    }

    /** The tokens of latents of a shape. */
    public long count(Shape latents) {
        return (long) along(2, latents) * along(3, latents) * along(4, latents);
    }

    /**
     * @param latents [1, channels, frames, height, width]
     * @return [tokens, channels · volume]
     */
    public Tensor split(Tensor latents) {
        Shape shape = latents.shape();
        return latents
                .reshape(shape.dim(1), along(2, shape), frames, along(3, shape), rows, along(4, shape), columns)
                .permute(1, 3, 5, 0, 2, 4, 6).reshape(count(shape), shape.dim(1) * volume()).contiguous();
    }

    /**
     * {@link #split} undone.
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
