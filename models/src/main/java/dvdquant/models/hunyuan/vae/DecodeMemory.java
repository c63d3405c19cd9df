package dvdquant.models.hunyuan.vae;

import dvdquant.core.format.Shape;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Device;

/**
 * How much native memory the decoding of a clip takes at its peak: that of its layers, and what is joined of the tiles. Follows
 * {@link ClipDecoding}; sizes in F32 elements until the end.
 */
final class DecodeMemory {
    private static final int COLORS = 3;
    private static final int PIXELS = VaeConfig.PIXELS_PER_LATENT;

    private final LayerMemory layers;

    private DecodeMemory(LayerMemory layers) {
        this.layers = layers;
    }

    /** @param latents [1, z, f, h, w] */
    static long peakBytes(VaeConfig config, Shape latents, Tiling tiling, Device device) {
        long latentFrames = TemporalPass.decoding(latents.dim(2)).longest();
        long frames = 1 + (latentFrames - 1) * VaeConfig.FRAMES_PER_LATENT;
        long height = PIXELS * latents.dim(3);
        long width = PIXELS * latents.dim(4);
        var layers = new LayerMemory(device.isCpu());
        var memory = new DecodeMemory(layers);
        // The steps from floats to bytes, and the frames that the next tile in time blends with
        long some = COLORS * frames * height * width;
        long storing = 5 * some;
        long beyond = COLORS * VaeConfig.FRAMES_PER_LATENT * height * width;
        long all = 2 * latents.elements() + beyond;
        if (!(tiling instanceof Tiling.Tiles(int size, int stride)) || !tiling.cuts(height, width)) {
            memory.decoder(config, latentFrames, latents.dim(3), latents.dim(4));
            return layers.bytes(all + Math.max(layers.elements(), storing));
        }
        memory.decoder(config, latentFrames, Math.min(latents.dim(3), size / PIXELS),
                Math.min(latents.dim(4), size / PIXELS));
        long strips = COLORS * frames * (size - stride) * (width * size / stride + 2L * size);
        return layers.bytes(all + Math.max(some + strips + layers.elements(), storing));
    }

    private void decoder(VaeConfig config, long latentFrames, long latentHeight, long latentWidth) {
        long frames = latentFrames;
        long size = frames * latentHeight * latentWidth;
        long channels = config.widest();
        layers.convolution(config.latentChannels(), channels, size, 0);
        layers.residualBlock(channels, channels, size);
        layers.attention(channels, size);
        for (int level = 0; level < VaeConfig.LEVELS; level++) {
            long out = config.blockOutChannels().reversed().get(level);
            for (int i = 0; i <= config.layersPerBlock(); i++) {
                layers.residualBlock(channels, out, size);
                channels = out;
            }
            if (level == VaeConfig.LEVELS - 1) break;
            long before = size;
            size *= 4;
            if (VaeTensors.inTime(level)) {
                size = size / frames * (2 * frames - 1);
                frames = 2 * frames - 1;
            }
            layers.upsample(channels, before, size);
        }
        layers.convolution(channels, COLORS, size, 0);
    }
}
