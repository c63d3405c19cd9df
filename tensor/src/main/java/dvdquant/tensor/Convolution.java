package dvdquant.tensor;

/**
 * A convolution over the frames, the height and the width of a clip, made by {@link Kernels#convolution}. What it is made of belongs to
 * the scope that it was made in, as tensors do. Along height and width zeros, or the pixels at the edges again, keep the size if the
 * stride is 1; with a stride of 2 a window begins at each second pixel, and sees zeros behind the last. In time what the input says is added.
 */
public interface Convolution {
    /** {@return the size of its kernel, and its strides} */
    Shape shape();

    /** {@return how many frames of the past a frame of the result sees} */
    default long history() {
        return shape().frames - 1L;
    }

    /**
     * {@return the convolved input, [1, out, frames, height, width], F32}
     *
     * @param input in F32, with as many channels as the kernel takes
     */
    Tensor apply(Input input);

    /**
     * Adds what {@link #apply} gives onto a tensor.
     *
     * @param onto [1, out, frames, height, width], F32, that another convolution on the device gave; overwritten
     * @param input in F32, with as many channels as the kernel takes
     * @return {@code onto}
     */
    Tensor addTo(Tensor onto, Input input);

    /**
     * What kernel is moved over the clip, and by how much.
     *
     * @param in channels that it reads
     * @param out channels that it makes
     * @param frames of the kernel
     * @param size of the kernel along height and along width
     * @param frameStride in time
     * @param pixelStride along height and along width: 1 or 2
     */
    record Shape(int in, int out, int frames, int size, int frameStride, int pixelStride) {}

    /**
     * What is convolved: the frames of {@code before} and {@code x}, of which each pixel may be normed and activated, and repeated.
     *
     * @param x [1, channels, frames, height, width]
     * @param before the frames before {@code x}, or null
     * @param absent frames before {@code x} where {@code before} is null: of zeros, or with edges the first frame of {@code
     *        x} again
     * @param activation of each pixel; null: the pixels as they are
     * @param repeats how often each pixel and frame is seen
     * @param edged whether what is at the edges is seen beyond them, where else zeros are; with edges the windows of a
     *        stride of 2 are centered on each second pixel
     */
    record Input(Tensor x, Tensor before, long absent, Activation activation, Repeats repeats, boolean edged) {
        /**
         * Checks that zeros beyond the edges stay zeros.
         *
         * @throws IllegalArgumentException if an activation would make something else of them
         */
        public Input {
            if (activation instanceof Activation.Scaled && !edged) {
                throw new IllegalArgumentException("scaled and moved pixels of " + x + " without edges");
            }
        }

        /**
         * {@return a clip as it is, with nothing before it and zeros around it}
         *
         * @param x [1, channels, frames, height, width]
         */
        public static Input of(Tensor x) {
            return new Input(x, null, 0, null, Repeats.NONE, false);
        }

        /**
         * {@return a clip with its own edges around it, and its first frame before it again, so that a frame of the result
         * sees no later ones}
         *
         * @param x [1, channels, frames, height, width]
         * @param history how often the first frame is there again: as {@link #history()} of the convolution says
         */
        public static Input edged(Tensor x, long history) {
            return new Input(x, null, history, null, Repeats.NONE, true);
        }

        /**
         * {@return this input with its pixels activated}
         *
         * @param other in place of this one's activation
         * @throws IllegalArgumentException if it would make something else of zeros that are seen beyond the edges
         */
        public Input with(Activation other) {
            return new Input(x, before, absent, other, repeats, edged);
        }

        /**
         * {@return this input, seen more often}
         *
         * @param other in place of how often it is seen
         */
        public Input with(Repeats other) {
            return new Input(x, before, absent, activation, other, edged);
        }

        /** {@return how many frames the convolution sees, with those before {@code x}} */
        public long frames() {
            long own = repeats == Repeats.CLIP ? 2 * x.dim(2) - 1 : x.dim(2);
            return own + (before == null ? absent : before.dim(2));
        }
    }

    /** How often a convolution sees what it reads. */
    enum Repeats {
        /** Once. */
        NONE,
        /** Each pixel twice along height and along width. */
        PIXELS,
        /** Each pixel so, and each frame of {@code x} twice, but for the first. */
        CLIP
    }

    /** What is done to a pixel p before it is convolved; silu(y) is y · sigmoid(y). */
    sealed interface Activation {
        /**
         * silu(p / max(‖p‖₂, 1e-12) · gain).
         *
         * @param gain [1, channels, 1, 1, 1]
         */
        record Normed(Tensor gain) implements Activation {
            /** As torch.nn.functional.normalize has it. */
            public static final double SMALLEST_NORM = 1e-12;
        }

        /**
         * silu(p · gain + offset).
         *
         * @param gain [1, channels, 1, 1, 1]
         * @param offset [1, channels, 1, 1, 1]
         */
        record Scaled(Tensor gain, Tensor offset) implements Activation {}
    }
}
