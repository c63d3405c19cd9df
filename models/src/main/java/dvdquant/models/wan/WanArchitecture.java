package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vision.ClipVisionConfig;
import dvdquant.models.wan.vae.VaeConfig;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The shapes of a whole Wan model: what a checkpoint of it holds.
 *
 * @param transformer of the transformer, or of each of two, as {@code text} of the text encoder and {@code vae} of the autoencoder
 * @param imageEncoder of a model whose blocks attend to an image
 * @param boundary {@code boundary_ratio} of a model with two transformers
 * @param expandTimesteps {@code expand_timesteps}: whether tokens have times of their own
 * @param flowShift {@code flow_shift} of the scheduler
 */
public record WanArchitecture(WanConfig transformer, Umt5Config text, VaeConfig vae,
        Optional<ClipVisionConfig> imageEncoder, OptionalDouble boundary, boolean expandTimesteps, double flowShift) {
    // diffusers, WanTransformer3DModel._keep_in_fp32_modules
    private static final Set<String> KEPT_IN_F32 = Set.of("time_embedder", "scale_shift_table", "norm1", "norm2",
            "norm3");

    /** Of one transformer, and no image encoder. */
    public WanArchitecture(WanConfig transformer, Umt5Config text, VaeConfig vae, double flowShift) {
        this(transformer, text, vae, Optional.empty(), OptionalDouble.empty(), false, flowShift);
    }

    /** The same with an image encoder. */
    public WanArchitecture with(ClipVisionConfig encoder) {
        return new WanArchitecture(transformer, text, vae, Optional.of(encoder), boundary, expandTimesteps, flowShift);
    }

    /** The same with a second transformer of the same shapes. */
    public WanArchitecture withSecondBelow(double ratio) {
        return new WanArchitecture(transformer, text, vae, imageEncoder, OptionalDouble.of(ratio), expandTimesteps,
                flowShift);
    }

    /** The same whose tokens have times of their own. */
    public WanArchitecture withTimesOfTokens() {
        return new WanArchitecture(transformer, text, vae, imageEncoder, boundary, true, flowShift);
    }

    /** {@code _class_name} of {@code model_index.json}. */
    public String pipelineClass() {
        return (transformer.readsCondition() ? WanFamily.OF_IMAGES : WanFamily.OF_TEXT).pipelineClass();
    }

    /** The type that diffusers stores a tensor of the transformer in, if the rest is of type {@code rest}. */
    public static ElementType storedType(String tensor, ElementType rest) {
        return Arrays.stream(tensor.split("\\.")).anyMatch(KEPT_IN_F32::contains) ? ElementType.F32 : rest;
    }

    /** Of Wan2.1, whose text encoder and autoencoder Wan2.2's A14B has, too. */
    private static WanArchitecture ofWan21(WanConfig transformer, double flowShift) {
        return new WanArchitecture(transformer, Umt5Config.XXL, VaeConfig.WAN21, flowShift);
    }

    private static WanConfig small(int heads, int feedForward, int channels) {
        return sizes(heads, 30, feedForward, channels, channels);
    }

    /** Of 14 billion weights. */
    private static WanConfig large(int inChannels) {
        return sizes(40, 40, 13824, inChannels, 16);
    }

    private static WanConfig sizes(int heads, int layers, int feedForward, int inChannels, int outChannels) {
        return new WanConfig(heads, 128, layers, feedForward, inChannels, outChannels, 4096, 256, List.of(1, 2, 2),
                1024, 1e-6, true);
    }

    /**
     * The published models.
     *
     * @see <a href="https://github.com/huggingface/diffusers/blob/main/scripts/convert_wan_to_diffusers.py">diffusers,
     *      convert_wan_to_diffusers.py</a>
     */
    public enum PublishedWan {
        T2V_1_3B("wan2.1-1.3b", ofWan21(small(12, 8960, 16), 3)),
        T2V_14B("wan2.1-14b", ofWan21(large(16), 5)),
        I2V_14B("wan2.1-i2v-14b", ofWan21(large(36).with(new ImageEmbedderConfig(1280)), 3)
                .with(ClipVisionConfig.VIT_H_14)),
        FLF2V_14B("wan2.1-flf2v-14b", ofWan21(
                large(36).with(new ImageEmbedderConfig(1280, OptionalInt.of(2 * ClipVisionConfig.VIT_H_14.tokens()))),
                16).with(ClipVisionConfig.VIT_H_14)),
        T2V_A14B("wan2.2-t2v-a14b", ofWan21(large(16), 3).withSecondBelow(.875)),
        I2V_A14B("wan2.2-i2v-a14b", ofWan21(large(36), 3).withSecondBelow(.9)),
        TI2V_5B("wan2.2-ti2v-5b", new WanArchitecture(small(24, 14336, 48), Umt5Config.XXL, VaeConfig.WAN22, 5)
                .withTimesOfTokens());

        private final String name;
        private final WanArchitecture architecture;

        PublishedWan(String name, WanArchitecture architecture) {
            this.name = name;
            this.architecture = architecture;
        }

        public WanArchitecture architecture() {
            return architecture;
        }

        /** What the command line calls it. */
        @Override
        public String toString() {
            return name;
        }
    }
}
