package dvdquant.models.wan.vae;

import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Device;

/** How much native memory the encoding of a clip takes at its peak, the clip included; sizes in F32 elements until the end. */
final class EncodeMemory {
    private final VaeConfig config;
    private final LayerMemory layers;

    private EncodeMemory(VaeConfig config, LayerMemory layers) {
        this.config = config;
        this.layers = layers;
    }

    static long peakBytes(VaeConfig config, ClipSize clip, Tiling tiling, Device device) {
        var layers = new LayerMemory(device.isCpu());
        var memory = new EncodeMemory(config, layers);
        Shape latents = config.geometry().latents(clip);
        long copies = device.isCpu() ? 1 : 2; // the caller's, and the device's
        long video = copies * 3L * clip.frames() * clip.height() * clip.width();
        if (!(tiling instanceof Tiling.Tiles(int size, int stride)) || !tiling.cuts(clip.height(), clip.width())) {
            memory.encoder(clip.height(), clip.width(), clip.frames() > 1);
            return layers.bytes(video + layers.elements() + 2 * latents.elements());
        }
        memory.encoder(Math.min(clip.height(), size), Math.min(clip.width(), size), clip.frames() > 1);
        long pixels = config.pixelsPerLatent();
        long strips = config.zDim() * latents.dim(2) * (size - stride) / pixels
                * (latents.dim(4) * size / stride + 2 * size / pixels);
        return layers.bytes(video + layers.elements() + strips + 3 * latents.elements());
    }

    /** A chunk in the middle of a clip, or a single frame. */
    private void encoder(long height, long width, boolean clip) {
        long area = height * width / config.patchSize() / config.patchSize();
        long frames = clip ? VaeConfig.FRAMES_PER_LATENT : 1;
        long channels = config.baseDim();
        layers.causalConv(config.colors(), channels, frames, area);
        int last = config.dimMult().size() - 1;
        for (int level = 0; level <= last; level++) {
            long out = (long) config.baseDim() * config.dimMult().get(level);
            boolean inTime = clip && level < last && config.temperalDownsample().get(level);
            long input = channels * frames * area;
            long block = (level < last ? 4 : 1) * (inTime ? 2 : 1);
            long shortcut = config.isResidual() ? out * frames * area / block : 0;
            if (config.isResidual()) layers.alive(2 * input + shortcut); // the values in order, of a frame that may be the only one
            layers.beside(shortcut);
            boolean widens = channels != out;
            for (int i = 0; i < config.numResBlocks(); i++) {
                layers.residualBlock(channels, out, frames, area);
                channels = out;
                if (config.isResidual() && widens) layers.beside(shortcut + input);
            }
            if (level < last) {
                layers.downsample(channels, frames, area, inTime);
                area /= 4;
                if (inTime) frames /= 2;
            }
            layers.beside(0);
        }
        layers.residualBlock(channels, channels, frames, area);
        layers.attention(channels, area);
        layers.residualBlock(channels, channels, frames, area);
        layers.normSiluConv(channels, 2L * config.zDim(), frames, area, 0);
    }
}
