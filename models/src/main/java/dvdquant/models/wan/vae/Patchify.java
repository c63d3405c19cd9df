package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;

/**
 * Squares of pixels as channels, and back: the channel is color · size² + column · size + row, the column before the row.
 *
 * <p>Source: diffusers, autoencoder_kl_wan.py, {@code patchify} and {@code unpatchify}.
 */
final class Patchify {
    private Patchify() {}

    /** [1, 3, f, h, w] → [1, 3 size², f, h / size, w / size]. */
    static Tensor patchify(Tensor pixels, int size) {
        if (size == 1) return pixels;
        long colors = pixels.dim(1);
        long frames = pixels.dim(2);
        long rows = pixels.dim(3) / size;
        long columns = pixels.dim(4) / size;
        return pixels.reshape(colors, frames, rows, size, columns, size).permute(0, 5, 3, 1, 2, 4)
                .reshape(1, colors * size * size, frames, rows, columns);
    }

    /** [1, 3 size², f, h, w] → [1, 3, f, size · h, size · w]. */
    static Tensor unpatchify(Tensor patches, int size) {
        if (size == 1) return patches;
        long colors = patches.dim(1) / size / size;
        long frames = patches.dim(2);
        long rows = patches.dim(3);
        long columns = patches.dim(4);
        return patches.reshape(colors, size, size, frames, rows, columns).permute(0, 3, 4, 2, 5, 1)
                .reshape(1, colors, frames, rows * size, columns * size);
    }
}
