package dvdquant.models.wan.vae;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** What is added around a level of Wan 2.2's autoencoder, resampled as the level does it; has no weights. */
sealed interface Shortcut {
    /** What {@link #addTo} needs of the level's input, which the level may overwrite. */
    Tensor taken(Tensor x);

    /**
     * @param result of the level, changed in place
     * @param firstChunk of the clip: one frame
     */
    void addTo(Tensor result, Tensor taken, boolean firstChunk);

    /**
     * Blocks of {@code frames} × {@code pixels} × {@code pixels} values become one: channels and offsets in a block, in the order (channel, frame, row,
     * column), are averaged in runs that give {@code out} channels. Zeros come before a first frame that is alone.
     *
     * @see <a href="https://github.com/huggingface/diffusers">diffusers, autoencoder_kl_wan.py, AvgDown3D</a>
     */
    record AverageDown(int out, int frames, int pixels) implements Shortcut {
        @Override
        public Tensor taken(Tensor x) {
            long count = Math.ceilDiv(x.dim(2), frames);
            long height = x.dim(3) / pixels;
            long width = x.dim(4) / pixels;
            Tensor averages = Tensor.empty(x.device(), ElementType.F32, 1, count, height, width, out)
                    .permute(0, 4, 1, 2, 3);
            try (var _ = TensorScope.open()) {
                long absent = count * frames - x.dim(2);
                Tensor whole = absent == 0 ? x : x.pad(0, 0, 0, 0, absent, 0);
                for (long frame = 0; frame < count; frame++) {
                    average(whole.narrow(2, frame * frames, frames), averages.narrow(2, frame, 1));
                }
            }
            return averages;
        }

        /** A frame of the result at a time: its values in order are a copy. */
        private void average(Tensor block, Tensor to) {
            try (var _ = TensorScope.open()) {
                long channels = block.dim(1);
                long height = to.dim(3);
                long width = to.dim(4);
                Tensor runs = block.reshape(channels, frames, height, pixels, width, pixels).permute(2, 4, 0, 1, 3, 5)
                        .reshape(height, width, out, channels * frames * pixels * pixels / out);
                to.copyFrom(runs.mean(3, false).reshape(1, 1, height, width, out).permute(0, 4, 1, 2, 3));
            }
        }

        @Override
        public void addTo(Tensor result, Tensor taken, boolean firstChunk) {
            result.addInPlace(taken);
        }
    }

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
}
