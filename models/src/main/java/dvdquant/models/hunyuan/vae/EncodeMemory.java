package dvdquant.models.hunyuan.vae;

import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Device;

/**
 * How much native memory the encoding of a clip takes at its peak, the clip included: that of its layers, and what is joined of the tiles. Sizes
 * in F32 elements until the end.
 */
final class EncodeMemory {
    private static final int COLORS = 3;
    private static final int PIXELS = VaeConfig.PIXELS_PER_LATENT;

    private final LayerMemory layers;

    private EncodeMemory(LayerMemory layers) {
        this.layers = layers;
    }

    static long peakBytes(VaeConfig config, ClipSize clip, Tiling tiling, Device device) {
        var layers = new LayerMemory(device.isCpu());
        var memory = new EncodeMemory(layers);
        Shape latents = config.geometry().latents(clip);
        long frames = TemporalPass.encoding(clip.frames()).longest();
        long copies = device.isCpu() ? 1 : 2; // the caller's, and the device's
        long all = copies * COLORS * clip.frames() * clip.height() * clip.width()
                + COLORS * frames * clip.height() * clip.width() // in the order that convolutions read
                + 4 * latents.elements();
        if (!(tiling instanceof Tiling.Tiles(int size, int stride)) || !tiling.cuts(clip.height(), clip.width())) {
            memory.encoder(config, frames, clip.height(), clip.width());
            return layers.bytes(all + layers.elements());
        }
        memory.encoder(config, frames, Math.min(clip.height(), size), Math.min(clip.width(), size));
        long strips = config.latentChannels() * latents.dim(2) * (size - stride) / PIXELS
                * (latents.dim(4) * size / stride + 2 * size / PIXELS);
        return layers.bytes(all + strips + layers.elements());
    }

    private void encoder(VaeConfig config, long clipFrames, long height, long width) {
        long frames = clipFrames;
        long size = frames * height * width;
        long channels = config.blockOutChannels().getFirst();
        layers.convolution(COLORS, channels, size, 0);
        for (int level = 0; level < VaeConfig.LEVELS; level++) {
            long out = config.blockOutChannels().get(level);
            for (int i = 0; i < config.layersPerBlock(); i++) {
                layers.residualBlock(channels, out, size);
                channels = out;
            }
            if (level == VaeConfig.LEVELS - 1) break;
            long before = size;
            size /= 4;
            if (VaeTensors.inTime(level)) {
                size = size / frames * ((frames + 1) / 2);
                frames = (frames + 1) / 2;
            }
            layers.downsample(channels, before, size);
        }
        layers.residualBlock(channels, channels, size);
        layers.attention(channels, size);
        layers.convolution(channels, 2L * config.latentChannels(), size, 0);
    }
}
