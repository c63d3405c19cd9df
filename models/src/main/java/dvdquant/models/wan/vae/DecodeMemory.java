package dvdquant.models.wan.vae;

import dvdquant.core.format.Shape;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Device;

/** How much native memory the decoding of a clip takes at its peak; sizes in F32 elements until the end. */
final class DecodeMemory {
    private final VaeConfig config;
    private final LayerMemory layers;

    private DecodeMemory(VaeConfig config, LayerMemory layers) {
        this.config = config;
        this.layers = layers;
    }

    /** @param latents [1, z, f, h, w] */
    static long peakBytes(VaeConfig config, Shape latents, Tiling tiling, Device device) {
        var layers = new LayerMemory(device.isCpu());
        var memory = new DecodeMemory(config, layers);
        int pixels = config.pixelsPerLatent();
        boolean clip = latents.dim(2) > 1;
        long h = latents.dim(3);
        long w = latents.dim(4);
        if (!(tiling instanceof Tiling.Tiles(int size, int stride)) || !tiling.cuts(pixels * h, pixels * w)) {
            memory.decoder(h, w, clip);
            return layers.bytes(layers.elements() + 2 * latents.elements());
        }
        memory.decoder(Math.min(h, size / pixels), Math.min(w, size / pixels), clip);
        long frames = 1 + (latents.dim(2) - 1) * VaeConfig.FRAMES_PER_LATENT;
        long tile = 3 * frames * size * size;
        long joining = 4 * 3 * frames * stride * stride; // the steps from floats to bytes
        long strips = 3 * frames * (size - stride) * (pixels * w * size / stride + 2L * size);
        long joined = 3 * frames * pixels * pixels * h * w / Float.BYTES; // bytes, not floats
        return layers.bytes(Math.max(layers.elements(), joining) + tile + strips + joined + 2 * latents.elements());
    }

    /** A chunk in the middle of a clip, or a single frame. */
    private void decoder(long height, long width, boolean clip) {
        long area = height * width;
        long frames = 1;
        long channels = (long) config.decoderBaseDim() * config.dimMult().getLast();
        layers.causalConv(config.zDim(), channels, frames, area);
        layers.residualBlock(channels, channels, frames, area);
        layers.attention(channels, area);
        layers.residualBlock(channels, channels, frames, area);
        int last = config.dimMult().size() - 1;
        for (int level = 0; level <= last; level++) {
            long out = (long) config.decoderBaseDim() * config.dimMult().reversed().get(level);
            boolean shortcut = config.isResidual() && level < last;
            long input = channels * frames * area;
            if (shortcut && channels == out) layers.beside(input); // a copy of the input, which is overwritten
            for (int i = 0; i <= config.numResBlocks(); i++) {
                layers.residualBlock(channels, out, frames, area);
                channels = out;
                if (shortcut) layers.beside(input);
            }
            if (level == last) break;
            boolean inTime = clip && config.temperalDownsample().reversed().get(level);
            channels = config.isResidual() ? out : out / 2;
            layers.upsample(out, channels, frames, area, inTime);
            // The result, and one frame's share of the shortcut
            if (shortcut) layers.alive(4 * channels * (inTime ? 2 : 1) * (frames + 1) * area);
            layers.beside(0);
            if (inTime) frames *= 2;
            area *= 4;
        }
        layers.normSiluConv(channels, config.colors(), frames, area, 0);
    }
}
