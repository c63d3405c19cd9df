package dvdquant.models.wan.vae;

/**
 * What layers hold while a chunk goes through them, by adding up what is alive: the frames that the cache holds, all through, and the widest
 * moment of any layer. Follows the forward passes of {@link NormSiluConv}, {@link ResidualBlock}, {@link AttentionBlock}, {@link Upsample},
 * {@link Downsample} and {@link ResidualLevel}. Sizes are F32 elements; an area is height · width.
 */
final class LayerMemory {
    private static final int HISTORY = 2; // frames, of each convolution over three
    // With libtorch's operations, held against VmHWM on the demo model, six sizes up to 480 × 832: from 7 % too low to 22 % too high.
    private static final double OVERHEAD = 1.1;

    /** Whether convolutions read their input where it is; else it is normed and put behind its history first. */
    private final boolean direct;
    private long held;
    private long widest;
    /** Alive beside the layers of a level. */
    private long beside;

    LayerMemory(boolean direct) {
        this.direct = direct;
    }

    /** The peak of a pass of the layers so far. */
    long elements() {
        return held + widest;
    }

    long bytes(long elements) {
        return (long) ((direct ? 1 : OVERHEAD) * Float.BYTES * elements);
    }

    void causalConv(long in, long out, long frames, long area) {
        held += HISTORY * in * area;
        alive((in + out) * frames * area + (direct ? 0 : in * (frames + HISTORY) * area));
    }

    void residualBlock(long in, long out, long frames, long area) {
        normSiluConv(in, out, frames, area, 0);
        // onto the input, where it is as wide
        normSiluConv(out, out, frames, area, direct && in == out ? 0 : in * frames * area);
    }

    /** The input, the result, and with libtorch the input behind its history, which is activated there. */
    void normSiluConv(long in, long out, long frames, long area, long alsoAlive) {
        held += HISTORY * in * area;
        long size = frames * area;
        alive(alsoAlive
                + (direct ? (in + out) * size : in * size + in * (size + HISTORY * area) + Math.max(in, out) * size));
    }

    /** The input, its norm, queries, keys and values, and the attended values twice. */
    void attention(long channels, long area) {
        alive(7 * channels * area);
    }

    /** @param frames before it */
    void upsample(long in, long out, long frames, long area, boolean inTime) {
        long resampled = frames;
        if (inTime) {
            held += HISTORY * in * area;
            alive(5 * in * frames * area); // pairs, and in order
            resampled = 2 * frames;
        }
        // The repeated pixels, where a convolution does not repeat them as it reads
        long repeated = direct ? 0 : 4 * in * resampled * area;
        alive((inTime ? in * frames * area : 0) + (in + 4 * out) * resampled * area + repeated);
    }

    /** @param frames before it; one is not halved in time */
    void downsample(long channels, long frames, long area, boolean inTime) {
        long smaller = frames * area / 4;
        alive(channels * (frames * area + smaller + (direct ? 0 : frames * area)));
        if (!inTime) return;
        held += channels * area / 4;
        if (frames > 1) alive(channels * (frames * area + smaller + smaller / 2 + (direct ? 0 : smaller + area / 4)));
    }

    /** What is alive beside the layers that come next, instead of what was. */
    void beside(long elements) {
        beside = elements;
    }

    void alive(long elements) {
        widest = Math.max(widest, beside + elements);
    }
}
