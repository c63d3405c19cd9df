package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * One value becomes a block of {@code frames} × {@value #PIXELS} × {@value #PIXELS}: channels are repeated, each in place, until they are {@code out}
 * channels and the offsets in a block, in the order (channel, frame, row, column). Of a clip's first frame the last copy alone stays.
 *
 * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, DupUp3D</a>
 */
record DuplicateUp(int out, int frames) implements Shortcut {
    static final int PIXELS = 2;

    @Override
    public Tensor taken(Tensor x) {
        return x.dim(1) == out ? x.copy() : x; // a level that keeps the number of channels overwrites x
    }

    @Override
    public void addTo(Tensor result, Tensor taken, boolean firstChunk) {
        long copies = firstChunk ? 1 : frames;
        for (long frame = 0; frame < taken.dim(2); frame++) {
            try (var _ = TensorScope.open()) {
                addTo(result.narrow(2, frame * copies, copies), taken.narrow(2, frame, 1));
            }
        }
    }

    /** One frame at a time: its repeated channels are a copy, as large as the result. */
    private void addTo(Tensor result, Tensor frame) {
        long copies = result.dim(2);
        long channels = frame.dim(1);
        long height = frame.dim(3);
        long width = frame.dim(4);
        long repeats = (long) out * frames * PIXELS * PIXELS / channels;
        Tensor blocks = frame.permute(0, 2, 3, 4, 1).reshape(height, width, channels, 1)
                .expand(height, width, channels, repeats)
                .reshape(height, width, out, frames, PIXELS, PIXELS).permute(2, 3, 0, 4, 1, 5);
        result.reshape(out, copies, height, PIXELS, width, PIXELS) // splits axes: a view
                .addInPlace(blocks.narrow(1, frames - copies, copies));
    }
}
