package dvdquant.models.hunyuan.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.models.vae.WeightSource;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Puts the encoder and the decoder together from a checkpoint's tensors. Each name stands here once: the same walk lists the
 * tensors, with {@link WeightSource.Listed}, and loads them, with {@link WeightSource.Loaded}.
 */
final class VaeTensors {
    private static final int LAST = VaeConfig.LEVELS - 1;

    private final VaeConfig config;
    private final WeightSource source;
    private final Kernels kernels;

    private VaeTensors(VaeConfig config, WeightSource source, Kernels kernels) {
        this.config = config;
        this.source = source;
        this.kernels = kernels;
    }

    /** All tensors of the checkpoint: the decoder's, then the encoder's. */
    static TensorLayout layout(VaeConfig config) {
        var layout = new TensorLayout();
        var tensors = new VaeTensors(config, new WeightSource.Listed(layout), null);
        tensors.decoder();
        tensors.encoder();
        return layout;
    }

    /** Loads the decoder's tensors alone, in F32, into the caller's scope. */
    static VaeDecoder decoder(VaeConfig config, WeightLoader weights, Kernels kernels) {
        return new VaeTensors(config, new WeightSource.Loaded(weights, kernels), kernels).decoder();
    }

    /** What {@link #decoder} takes, and what its layers need besides their inputs and their results, in bytes. */
    static long decoderBytes(VaeConfig config, Kernels kernels) {
        var counted = new WeightSource.Counted(kernels);
        new VaeTensors(config, counted, kernels).decoder();
        return counted.bytes();
    }

    /** Loads the encoder's tensors alone, in F32, into the caller's scope. */
    static VaeEncoder encoder(VaeConfig config, WeightLoader weights, Kernels kernels) {
        return new VaeTensors(config, new WeightSource.Loaded(weights, kernels), kernels).encoder();
    }

    /** What {@link #encoder} takes, as {@link #decoderBytes}. */
    static long encoderBytes(VaeConfig config, Kernels kernels) {
        var counted = new WeightSource.Counted(kernels);
        new VaeTensors(config, counted, kernels).encoder();
        return counted.bytes();
    }

    private VaeDecoder decoder() {
        int channels = config.widest();
        var layers = new ArrayList<Layer>();
        layers.add(points("post_quant_conv", config.latentChannels()));
        layers.add(causalConv("decoder.conv_in", config.latentChannels(), channels, 3));
        layers.addAll(midBlock("decoder.mid_block", channels));
        for (int level = 0; level <= LAST; level++) {
            String name = "decoder.up_blocks." + level;
            int out = config.blockOutChannels().reversed().get(level);
            for (int i = 0; i <= config.layersPerBlock(); i++) {
                layers.add(residualBlock(name + ".resnets." + i, channels, out));
                channels = out;
            }
            if (level < LAST) {
                layers.add(new Upsample(inTime(level), causalConv(name + ".upsamplers.0.conv", out, out, 3)));
            }
        }
        layers.add(normSiluConv("decoder.conv_norm_out", "decoder.conv_out", channels, 3));
        return new VaeDecoder(layers);
    }

    private VaeEncoder encoder() {
        int channels = config.blockOutChannels().getFirst();
        var layers = new ArrayList<Layer>();
        layers.add(causalConv("encoder.conv_in", 3, channels, 3));
        for (int level = 0; level <= LAST; level++) {
            String name = "encoder.down_blocks." + level;
            int out = config.blockOutChannels().get(level);
            for (int i = 0; i < config.layersPerBlock(); i++) {
                layers.add(residualBlock(name + ".resnets." + i, channels, out));
                channels = out;
            }
            if (level < LAST) {
                layers.add(new CausalConv(source.conv(name + ".downsamplers.0.conv.conv", inTime(level) ? 2 : 1, 2, out,
                        out, 3, 3, 3)));
            }
        }
        layers.addAll(midBlock("encoder.mid_block", channels));
        int moments = 2 * config.latentChannels();
        layers.add(normSiluConv("encoder.conv_norm_out", "encoder.conv_out", channels, moments));
        layers.add(points("quant_conv", moments));
        return new VaeEncoder(layers);
    }

    /** Whether the step from a level to the next is one in time too: the last two of three, in the encoder and in the decoder. */
    static boolean inTime(int level) {
        return level > 0;
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
                in == out ? null : causalConv(name + ".conv_shortcut", in, out, 1));
    }

    private AttentionBlock attentionBlock(String name, int channels) {
        return new AttentionBlock(groupNorm(name + ".group_norm", channels), linear(name + ".to_q", channels),
                linear(name + ".to_k", channels), linear(name + ".to_v", channels),
                linear(name + ".to_out.0", channels));
    }

    private Convolution linear(String name, int channels) {
        return source.conv(name, 1, 1, channels, channels);
    }

    private NormSiluConv normSiluConv(String norm, String conv, int in, int out) {
        return new NormSiluConv(groupNorm(norm, in), causalConv(conv, in, out, 3));
    }

    private GroupNorm groupNorm(String name, int channels) {
        Tensor weight = source.tensor(name + ".weight", UnaryOperator.identity(), channels);
        Tensor bias = source.tensor(name + ".bias", UnaryOperator.identity(), channels);
        return new GroupNorm(new Kernels.GroupNorm(config.normNumGroups(), weight, bias, GroupNorm.EPS), kernels);
    }

    private CausalConv causalConv(String name, int in, int out, int size) {
        return new CausalConv(source.conv(name + ".conv", 1, 1, out, in, size, size, size));
    }

    /** A convolution of single pixels, which is not one of the causal ones. */
    private CausalConv points(String name, int channels) {
        return new CausalConv(source.conv(name, 1, 1, channels, channels, 1, 1, 1));
    }
}
