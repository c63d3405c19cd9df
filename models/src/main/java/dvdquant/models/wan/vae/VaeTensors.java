package dvdquant.models.wan.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.models.vae.WeightSource;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Kernels;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts the encoder and the decoder together from a checkpoint's tensors. Each name stands here once: the same walk lists the
 * tensors, with {@link WeightSource.Listed}, and loads them, with {@link WeightSource.Loaded}.
 */
public final class VaeTensors {
    private final VaeConfig config;
    private final WeightSource source;

    private VaeTensors(VaeConfig config, WeightSource source) {
        this.config = config;
        this.source = source;
    }

    /** All tensors of the checkpoint: the decoder's, then the encoder's. */
    public static TensorLayout layout(VaeConfig config) {
        var layout = new TensorLayout();
        var tensors = new VaeTensors(config, new WeightSource.Listed(layout));
        tensors.decoder();
        tensors.encoder();
        return layout;
    }

    /** Loads the decoder's tensors alone, in F32, into the caller's scope. */
    static VaeDecoder decoder(VaeConfig config, WeightLoader weights, Kernels kernels) {
        return new VaeTensors(config, new WeightSource.Loaded(weights, kernels)).decoder();
    }

    /** What {@link #decoder} takes, and what its layers need besides their inputs and their results, in bytes. */
    static long decoderBytes(VaeConfig config, Kernels kernels) {
        var counted = new WeightSource.Counted(kernels);
        new VaeTensors(config, counted).decoder();
        return counted.bytes();
    }

    /** Loads the encoder's tensors alone, in F32, into the caller's scope. */
    static VaeEncoder encoder(VaeConfig config, WeightLoader weights, Kernels kernels) {
        return new VaeTensors(config, new WeightSource.Loaded(weights, kernels)).encoder();
    }

    /** What {@link #encoder} takes, as {@link #decoderBytes}. */
    static long encoderBytes(VaeConfig config, Kernels kernels) {
        var counted = new WeightSource.Counted(kernels);
        new VaeTensors(config, counted).encoder();
        return counted.bytes();
    }

    private VaeDecoder decoder() {
        int channels = config.decoderBaseDim() * config.dimMult().getLast();
        var layers = new ArrayList<Layer>();
        layers.add(causalConv("post_quant_conv", config.zDim(), config.zDim(), 1));
        layers.add(causalConv("decoder.conv_in", config.zDim(), channels, 3));
        layers.addAll(midBlock("decoder.mid_block", channels));
        for (int level = 0; level <= last(); level++) {
            String name = "decoder.up_blocks." + level;
            int out = config.decoderBaseDim() * config.dimMult().reversed().get(level);
            var blocks = new ArrayList<Layer>();
            for (int i = 0; i <= config.numResBlocks(); i++) {
                blocks.add(residualBlock(name + ".resnets." + i, i == 0 ? channels : out, out));
            }
            channels = out;
            if (level < last()) {
                boolean inTime = config.temperalDownsample().reversed().get(level);
                channels = config.isResidual() ? out : out / 2;
                blocks.add(upsample(name + (config.isResidual() ? ".upsampler" : ".upsamplers.0"), out, channels,
                        inTime));
                layers.addAll(level(blocks, new Shortcut.DuplicateUp(out, inTime ? 2 : 1)));
            } else {
                layers.addAll(blocks);
            }
        }
        layers.add(normSiluConv("decoder.norm_out", "decoder.conv_out", channels, config.colors()));
        return new VaeDecoder(layers);
    }

    private VaeEncoder encoder() {
        int channels = config.baseDim();
        var layers = new ArrayList<Layer>();
        layers.add(causalConv("encoder.conv_in", config.colors(), channels, 3));
        for (int level = 0; level <= last(); level++) {
            int out = config.baseDim() * config.dimMult().get(level);
            var blocks = new ArrayList<Layer>();
            for (int i = 0; i < config.numResBlocks(); i++) {
                blocks.add(residualBlock(downBlock(level, i), i == 0 ? channels : out, out));
            }
            channels = out;
            boolean inTime = level < last() && config.temperalDownsample().get(level);
            if (level < last()) blocks.add(downsample(downBlock(level, config.numResBlocks()), out, inTime));
            layers.addAll(level(blocks, new Shortcut.AverageDown(out, inTime ? 2 : 1, level < last() ? 2 : 1)));
        }
        layers.addAll(midBlock("encoder.mid_block", channels));
        int moments = 2 * config.zDim();
        layers.add(normSiluConv("encoder.norm_out", "encoder.conv_out", channels, moments));
        layers.add(causalConv("quant_conv", moments, moments, 1));
        return new VaeEncoder(config, layers);
    }

    private int last() {
        return config.dimMult().size() - 1;
    }

    /** The name of a level's residual block, or, after those, of its downsampling: Wan 2.1's are numbered through all levels. */
    private String downBlock(int level, int i) {
        String blocks = "encoder.down_blocks.";
        if (!config.isResidual()) return blocks + (level * (config.numResBlocks() + 1) + i);
        return blocks + level + (i < config.numResBlocks() ? ".resnets." + i : ".downsampler");
    }

    private List<Layer> level(List<Layer> blocks, Shortcut shortcut) {
        return config.isResidual() ? List.of(new ResidualLevel(blocks, shortcut)) : blocks;
    }

    private List<Layer> midBlock(String name, int channels) {
        return List.of(
                residualBlock(name + ".resnets.0", channels, channels),
                attentionBlock(name + ".attentions.0", channels),
                residualBlock(name + ".resnets.1", channels, channels));
    }

    private ResidualBlock residualBlock(String name, int in, int out) {
        return new ResidualBlock(
                normSiluConv(name + ".norm1", name + ".conv1", in, out),
                normSiluConv(name + ".norm2", name + ".conv2", out, out),
                in == out ? null : conv(name + ".conv_shortcut", 1, out, in, 1, 1, 1));
    }

    private AttentionBlock attentionBlock(String name, int channels) {
        return new AttentionBlock(
                rmsNorm(name + ".norm", channels, 1, 1),
                conv(name + ".to_qkv", 1, 3 * channels, channels, 1, 1),
                conv(name + ".proj", 1, channels, channels, 1, 1));
    }

    private Upsample upsample(String name, int in, int out, boolean inTime) {
        return new Upsample(
                inTime ? conv(name + ".time_conv", 1, 2 * in, in, 3, 1, 1) : null,
                conv(name + ".resample.1", 1, out, in, 3, 3));
    }

    private Downsample downsample(String name, int channels, boolean inTime) {
        return new Downsample(source.conv(name + ".resample.1", 1, 2, channels, channels, 3, 3),
                inTime ? conv(name + ".time_conv", 2, channels, channels, 3, 1, 1) : null);
    }

    private NormSiluConv normSiluConv(String norm, String conv, int in, int out) {
        return new NormSiluConv(rmsNorm(norm, in, 1, 1, 1),
                conv(conv, 1, out, in, 3, 3, 3));
    }

    /** @param dims of the weight: [channels, 1, …] */
    private RmsNorm rmsNorm(String name, long... dims) {
        return new RmsNorm(source.tensor(name + ".gamma",
                gamma -> gamma.reshape(1, dims[0], 1, 1, 1).multiply(Math.sqrt(dims[0])), dims));
    }

    private CausalConv causalConv(String name, int in, int out, int size) {
        return new CausalConv(conv(name, 1, out, in, size, size, size));
    }

    /** @param dims of the weight: [out, in, height, width], or with frames before height */
    private Convolution conv(String name, int frameStride, long... dims) {
        return source.conv(name, frameStride, 1, dims);
    }
}
