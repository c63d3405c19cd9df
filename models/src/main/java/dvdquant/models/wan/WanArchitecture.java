package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.wan.vae.VaeConfig;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The shapes of a whole Wan model: what a checkpoint of it holds.
 *
 * @param transformer of the transformer, as {@code text} of the text encoder and {@code vae} of the autoencoder
 * @param flowShift {@code flow_shift} of the scheduler
 */
public record WanArchitecture(WanConfig transformer, Umt5Config text, VaeConfig vae, double flowShift) {
    // diffusers, WanTransformer3DModel._keep_in_fp32_modules
    private static final Set<String> KEPT_IN_F32 = Set.of("time_embedder", "scale_shift_table", "norm1", "norm2",
            "norm3");

    /** The type that diffusers stores a tensor of the transformer in, if the rest is of type {@code rest}. */
    public static ElementType storedType(String tensor, ElementType rest) {
        return Arrays.stream(tensor.split("\\.")).anyMatch(KEPT_IN_F32::contains) ? ElementType.F32 : rest;
    }

    /** The published models. */
    public enum Wan21 {
        SMALL("wan2.1-1.3b", 12, 30, 8960, 3.0),
        LARGE("wan2.1-14b", 40, 40, 13824, 5.0);

        private final String name;
        private final WanArchitecture architecture;

        Wan21(String name, int heads, int layers, int feedForward, double flowShift) {
            this.name = name;
            var transformer = new WanConfig(heads, 128, layers, feedForward, 16, 16, 4096, 256, List.of(1, 2, 2), 1024,
                    1e-6, true);
            this.architecture = new WanArchitecture(transformer, Umt5Config.XXL, VaeConfig.WAN21, flowShift);
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
