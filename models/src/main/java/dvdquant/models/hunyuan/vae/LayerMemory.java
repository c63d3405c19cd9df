package dvdquant.models.hunyuan.vae;

/**
 * What is alive at the widest moment of any layer. Follows the forward passes of {@link ResidualBlock}, {@link AttentionBlock} and
 * {@link Upsample}. Sizes are F32 elements.
 */
final class LayerMemory {
    /** Of libtorch's operations: what its convolutions need besides input and result. */
    private static final double OVERHEAD = 1.1;

    /** Whether convolutions read their input where it is; else it is activated, repeated and put between its edges first. */
    private final boolean direct;
    private long widest;

    LayerMemory(boolean direct) {
        this.direct = direct;
    }

    /** The peak of a pass of the layers so far. */
    long elements() {
        return widest;
    }

    long bytes(long elements) {
        return (long) ((direct ? 1 : OVERHEAD) * Float.BYTES * elements);
    }

    /** @param size frames · height · width, as below */
    void residualBlock(long in, long out, long size) {
        convolution(in, out, size, 0);
        if (in == out) {
            convolution(out, out, size, direct ? 0 : in * size); // onto the input
        } else {
            alive((in + 2 * out) * size); // the shortcut's result, which the second's is added to
            convolution(out, out, size, direct ? in * size : (in + out) * size);
        }
    }

    /** Input and result, and with libtorch the input once activated and once between its edges. */
    void convolution(long in, long out, long size, long alsoAlive) {
        alive(alsoAlive + (in + out) * size + (direct ? 0 : in * size + Math.max(0, in - out) * size));
    }

    void upsample(long channels, long before, long after) {
        alive(channels * (before + after + (direct ? 0 : after)));
    }

    void downsample(long channels, long before, long after) {
        alive(channels * (before + after + (direct ? 0 : before)));
    }

    /** The input, its norm, queries, keys and values, and the attended values of a frame, which may be the only one. */
    void attention(long channels, long size) {
        alive((direct ? 7 : 8) * channels * size);
    }

    private void alive(long elements) {
        widest = Math.max(widest, elements);
    }
}
