package dvdquant.models.hunyuan.vae;

import dvdquant.core.format.Shape;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Device;

/**
 * How much native memory the decoding of a clip takes at its peak, by adding up what is alive at the widest moment of any layer, and what is
 * joined of the tiles. Follows the forward passes of {@link ResidualBlock}, {@link AttentionBlock} and {@link Upsample}, and
 * {@link ClipDecoding}; sizes in F32 elements until the end.
 */
final class DecodeMemory {
    private static final int COLORS = 3;
    private static final int PIXELS = VaeConfig.PIXELS_PER_LATENT;
    /** Of libtorch's operations: what its convolutions need besides input and result. */
    private static final double OVERHEAD = 1.1;

    /** Whether convolutions read their input where it is; else it is activated, repeated and put between its edges first. */
    private final boolean direct;
    private long widest;

    private DecodeMemory(boolean direct) {
        this.direct = direct;
    }

    /** @param latents [1, z, f, h, w] */
    static long peakBytes(VaeConfig config, Shape latents, Tiling tiling, Device device) {
        long latentFrames = TemporalPass.decoding(latents.dim(2)).longest();
        long frames = 1 + (latentFrames - 1) * VaeConfig.FRAMES_PER_LATENT;
        long height = PIXELS * latents.dim(3);
        long width = PIXELS * latents.dim(4);
        var memory = new DecodeMemory(device.isCpu());
        // The steps from floats to bytes, and the frames that the next tile in time blends with
        long some = COLORS * frames * height * width;
        long storing = 5 * some;
        long beyond = COLORS * VaeConfig.FRAMES_PER_LATENT * height * width;
        long all = 2 * latents.elements() + beyond;
        if (!(tiling instanceof Tiling.Tiles(int size, int stride)) || !tiling.cuts(height, width)) {
            memory.decoder(config, latentFrames, latents.dim(3), latents.dim(4));
            return memory.bytes(all + Math.max(memory.widest, storing));
        }
        memory.decoder(config, latentFrames, Math.min(latents.dim(3), size / PIXELS),
                Math.min(latents.dim(4), size / PIXELS));
        long strips = COLORS * frames * (size - stride) * (width * size / stride + 2L * size);
        return memory.bytes(all + Math.max(some + strips + memory.widest, storing));
    }

    private long bytes(long elements) {
        return (long) ((direct ? 1 : OVERHEAD) * Float.BYTES * elements);
    }

    private void decoder(VaeConfig config, long latentFrames, long latentHeight, long latentWidth) {
        long frames = latentFrames;
        long size = frames * latentHeight * latentWidth;
        long channels = config.widest();
        convolution(config.latentChannels(), channels, size, 0);
        residualBlock(channels, channels, size);
        attention(channels, size);
        for (int level = 0; level < VaeConfig.LEVELS; level++) {
            long out = config.blockOutChannels().reversed().get(level);
            for (int i = 0; i <= config.layersPerBlock(); i++) {
                residualBlock(channels, out, size);
                channels = out;
            }
            if (level == VaeConfig.LEVELS - 1) break;
            long before = size;
            size *= 4;
            if (VaeTensors.inTime(level)) {
                size = size / frames * (2 * frames - 1);
                frames = 2 * frames - 1;
            }
            upsample(channels, before, size);
        }
        convolution(channels, COLORS, size, 0);
    }

    /** @param size frames · height · width, as below */
    private void residualBlock(long in, long out, long size) {
        convolution(in, out, size, 0);
        if (in == out) {
            convolution(out, out, size, direct ? 0 : in * size); // onto the input
        } else {
            alive((in + 2 * out) * size); // the shortcut's result, which the second's is added to
            convolution(out, out, size, direct ? in * size : (in + out) * size);
        }
    }

    /** Input and result, and with libtorch the input once activated and once between its edges. */
    private void convolution(long in, long out, long size, long alsoAlive) {
        alive(alsoAlive + (in + out) * size + (direct ? 0 : in * size + Math.max(0, in - out) * size));
    }

    private void upsample(long channels, long before, long after) {
        alive(channels * (before + after + (direct ? 0 : after)));
    }

    /** The input, its norm, queries, keys and values, and the attended values of a frame, which may be the only one. */
    private void attention(long channels, long size) {
        alive((direct ? 7 : 8) * channels * size);
    }

    private void alive(long elements) {
        widest = Math.max(widest, elements);
    }
}
