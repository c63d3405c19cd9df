package dvdquant.tensor;

/**
 * A convolution over the frames, the height and the width of a clip, made by {@link Kernels#convolution}. What it is made of belongs to
 * the scope that it was made in, as tensors do. Along height and width zeros, or the pixels at the edges again, keep the size if the
 * stride is 1; with a stride of 2 a window begins at each second pixel, and sees zeros behind the last. In time nothing is added.
 */
public interface Convolution {
    Shape shape();

    /** Frames of the past that a frame of the result sees. */
    default long history() {
        return shape().frames - 1L;
    }

    /**
     * @param input in F32, with as many channels as the kernel takes
     * @return [1, out, frames, height, width]
     */
    Tensor apply(Input input);

    /** Adds what {@link #apply} gives onto a tensor that another convolution on the device gave, and returns that one. */
    Tensor addTo(Tensor onto, Input input);

    /**
     * @param frames of the kernel
     * @param size of the kernel along height and along width
     * @param frameStride in time
     * @param pixelStride along height and along width: 1 or 2
     */
    record Shape(int in, int out, int frames, int size, int frameStride, int pixelStride) {}

    /**
     * What is convolved: the frames of {@code before} and {@code x}, of which each pixel may be normed and activated, and each repeated.
     *
     * @param x [1, channels, frames, height, width]
     * @param before the frames before {@code x}; null stands for {@code zeros} frames of zeros
     * @param zeros frames before {@code x} where {@code before} is null
     * @param gain [1, channels, 1, 1, 1]: convolved is silu(p / max(‖p‖₂, 1e-12) · gain) of each pixel p; null: the pixels as they are
     * @param doubled whether each pixel is repeated twice along height and width
     * @param edged whether a stride of 1 sees the pixels at the edges beyond them, where it else sees zeros
     */
    record Input(Tensor x, Tensor before, long zeros, Tensor gain, boolean doubled, boolean edged) {
        /** As torch.nn.functional.normalize has it. */
        public static final double SMALLEST_NORM = 1e-12;

        public static Input of(Tensor x) {
            return new Input(x, null, 0, null, false, false);
        }

        public Input withGain(Tensor other) {
            return new Input(x, before, zeros, other, doubled, edged);
        }

        public Input withDoubledPixels() {
            return new Input(x, before, zeros, gain, true, edged);
        }

        public Input withEdges() {
            return new Input(x, before, zeros, gain, doubled, true);
        }

        /** Frames in all. */
        public long frames() {
            return x.dim(2) + (before == null ? zeros : before.dim(2));
        }
    }
}
