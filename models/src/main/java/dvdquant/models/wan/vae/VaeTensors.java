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

    private VaeDecoder decoder() {
        int levels = config.dimMult().size();
        int zDim = config.zDim();
        int widest = config.decoderBaseDim() * config.dimMult().getLast();
        var postQuantConv = causalConv("post_quant_conv", zDim, zDim, 1);
        var convIn = causalConv("decoder.conv_in", zDim, widest, 3);
        var midBlock = midBlock("decoder.mid_block", widest);
        var upBlocks = new ArrayList<Layer>();
        int channels = widest;
        for (int level = 0; level < levels; level++) {
            String name = "decoder.up_blocks." + level;
            int out = config.decoderBaseDim() * config.dimMult().reversed().get(level);
            for (int i = 0; i <= config.numResBlocks(); i++) {
                upBlocks.add(residualBlock(name + ".resnets." + i, channels, out));
                channels = out;
            }
            if (level == levels - 1) break;
            boolean inTime = config.temperalDownsample().reversed().get(level);
            upBlocks.add(upsample(name + ".upsamplers.0", out, inTime));
            channels = out / 2;
        }
        return new VaeDecoder(postQuantConv, convIn, midBlock, upBlocks,
                normSiluConv("decoder.norm_out", "decoder.conv_out", channels, 3));
    }

    private VaeEncoder encoder() {
        int levels = config.dimMult().size();
        int channels = config.baseDim();
        var convIn = causalConv("encoder.conv_in", 3, channels, 3);
        var downBlocks = new ArrayList<Layer>();
        for (int level = 0; level < levels; level++) {
            int out = config.baseDim() * config.dimMult().get(level);
            for (int i = 0; i < config.numResBlocks(); i++) {
                downBlocks.add(residualBlock("encoder.down_blocks." + downBlocks.size(), channels, out));
                channels = out;
            }
            if (level == levels - 1) break;
            boolean inTime = config.temperalDownsample().get(level);
            downBlocks.add(downsample("encoder.down_blocks." + downBlocks.size(), out, inTime));
        }
        var midBlock = midBlock("encoder.mid_block", channels);
        int moments = 2 * config.zDim();
        return new VaeEncoder(convIn, downBlocks, midBlock,
                normSiluConv("encoder.norm_out", "encoder.conv_out", channels, moments),
                causalConv("quant_conv", moments, moments, 1));
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

    private Upsample upsample(String name, int channels, boolean inTime) {
        return new Upsample(
                inTime ? conv(name + ".time_conv", 1, 2 * channels, channels, 3, 1, 1) : null,
                conv(name + ".resample.1", 1, channels / 2, channels, 3, 3));
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
