package dvdquant.models.wan.vae;

import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Device;

/**
 * How much native memory the decoding of a clip takes at its peak, by adding up what is alive: the frames that the cache holds,
 * all through, and the widest moment of any layer. Follows the forward passes of {@link NormSiluConv}, {@link ResidualBlock} and
 * {@link Upsample}; sizes in F32 elements until the end.
 */
final class DecodeMemory {
    private static final int HISTORY = 2; // frames, of each convolution over three
    // With libtorch's operations, held against VmHWM on the demo model, six sizes up to 480 × 832: from 7 % too low to 22 % too high.
    private static final double OVERHEAD = 1.1;

    /** Whether convolutions read their input where it is; else it is normed and put behind its history first. */
    private final boolean direct;
    private long held;
    private long widest;

    private DecodeMemory(boolean direct) {
        this.direct = direct;
    }

    /** @see AutoencoderKLWan#peakDecodeBytes */
    static long peakBytes(VaeConfig config, long f, long h, long w, Tiling tiling, Device device) {
        long pixels = VaeConfig.PIXELS_PER_LATENT;
        long frames = 1 + (f - 1) * VaeConfig.FRAMES_PER_LATENT;
        long latents = 2 * config.zDim() * f * h * w;
        var memory = new DecodeMemory(device.isCpu());
        if (!(tiling instanceof Tiling.Tiles(int size, int stride)) || !tiling.cuts(pixels * h, pixels * w)) {
            memory.decoder(config, h, w, f > 1);
            return memory.bytes(memory.held + memory.widest + latents);
        }
        memory.decoder(config, Math.min(h, size / pixels), Math.min(w, size / pixels), f > 1);
        long tile = 3 * frames * size * size;
        long joining = 4 * 3 * frames * stride * stride; // the steps from floats to bytes
        long strips = 3 * frames * (size - stride) * (pixels * w * size / stride + 2L * size);
        long clip = 3 * frames * pixels * pixels * h * w / Float.BYTES; // bytes, not floats
        return memory.bytes(Math.max(memory.held + memory.widest, joining) + tile + strips + clip + latents);
    }

    private long bytes(long elements) {
        return (long) ((direct ? 1 : OVERHEAD) * Float.BYTES * elements);
    }

    /** A chunk in the middle of a clip, or a single frame. */
    private void decoder(VaeConfig config, long height, long width, boolean clip) {
        long area = height * width;
        long frames = 1;
        long channels = (long) config.decoderBaseDim() * config.dimMult().getLast();
        causalConv(config.zDim(), channels, area);
        residualBlock(channels, channels, area);
        attention(channels, area);
        residualBlock(channels, channels, area);
        int levels = config.dimMult().size();
        for (int level = 0; level < levels; level++) {
            long out = (long) config.decoderBaseDim() * config.dimMult().reversed().get(level);
            for (int i = 0; i <= config.numResBlocks(); i++) {
                residualBlock(channels, out, frames * area, area);
                channels = out;
            }
            if (level == levels - 1) break;
            if (clip && config.temperalDownsample().reversed().get(level)) {
                held += HISTORY * channels * area;
                alive(channels * frames * area + 4 * channels * frames * area); // pairs, and in order
                frames *= 2;
            }
            // The convolution's result, of half the channels; and the repeated pixels, where it does not repeat them as it reads.
            alive((direct ? 3 : 6) * channels * frames * area);
            area *= 4;
            channels /= 2;
        }
        normSiluConv(channels, 3, frames * area, area, 0);
    }

    private void causalConv(long in, long out, long area) {
        held += HISTORY * in * area;
        alive((direct ? in + out : in + (1 + HISTORY) * in + out) * area);
    }

    private void residualBlock(long in, long out, long area) {
        residualBlock(in, out, area, area);
    }

    /** @param size frames · area */
    private void residualBlock(long in, long out, long size, long area) {
        normSiluConv(in, out, size, area, 0);
        normSiluConv(out, out, size, area, direct && in == out ? 0 : in * size); // onto the input, where it is as wide
    }

    /** The input, the result, and with libtorch the input behind its history, which is activated there. */
    private void normSiluConv(long in, long out, long size, long area, long alsoAlive) {
        held += HISTORY * in * area;
        alive(alsoAlive
                + (direct ? (in + out) * size : in * size + in * (size + HISTORY * area) + Math.max(in, out) * size));
    }

    /** The input, its norm, queries, keys and values, and the attended values twice. */
    private void attention(long channels, long area) {
        alive(7 * channels * area);
    }

    private void alive(long elements) {
        widest = Math.max(widest, elements);
    }
}
