package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import dvdquant.measure.checkpoint.WanCheckpoint;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vision.ClipVisionConfig;
import dvdquant.models.wan.ImageEmbedderConfig;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanArchitecture.PublishedWan;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A model that goes through the same code as the real ones, in milliseconds. */
public final class TinyWan {
    public static final Path DEMO = Path.of(System.getProperty("project.root"), "demo/tiny-wan");
    public static final WanArchitecture ARCHITECTURE = new WanArchitecture(
            new WanConfig(2, 12, 2, 40, 16, 16, 16, 8, List.of(1, 2, 2), 1024, 1e-6, true),
            new Umt5Config(16, 8, 2, 24, 2, 192, 32, 128, 1e-6),
            new VaeConfig(4, 4, 16, List.of(1, 2, 4, 4), 1, List.of(false, true, true), VaeConfig.WAN21.latentsMean(),
                    VaeConfig.WAN21.latentsStd(), false, 1),
            3.0);

    /** Sizes that the usual groups and rotations divide. */
    public static final WanConfig QUANTIZABLE = new WanConfig(2, 64, 1, 256, 16, 16, 64, 64, List.of(1, 2, 2), 1024,
            1e-6,
            true);

    /** A whole model of such sizes. */
    public static final WanArchitecture WHOLE_QUANTIZABLE = new WanArchitecture(
            new WanConfig(2, 64, 1, 256, 16, 16, 16, 64, List.of(1, 2, 2), 1024, 1e-6, true), ARCHITECTURE.text(),
            ARCHITECTURE.vae(), 3.0);

    private static final Umt5Config TEXT = ARCHITECTURE.text();
    private static final ClipVisionConfig IMAGE_ENCODER = new ClipVisionConfig(
            new ClipEncoderConfig(8, 2, 16, 2, false, 1e-5, false), 28, 14);
    private static final VaeConfig VAE_OF_WAN22 = new VaeConfig(4, 4, 48, List.of(1, 2, 4, 4), 1,
            List.of(false, true, true), VaeConfig.WAN22.latentsMean(), VaeConfig.WAN22.latentsStd(), true, 2);

    /** Small ones of each layout, by what {@code --like} calls the published model. */
    public static final Map<PublishedWan, WanArchitecture> LAYOUTS = Map.of(
            PublishedWan.T2V_1_3B, ARCHITECTURE,
            PublishedWan.I2V_14B, layout(reading(36).with(new ImageEmbedderConfig(8))).with(IMAGE_ENCODER),
            PublishedWan.FLF2V_14B, layout(reading(36).with(new ImageEmbedderConfig(8,
                    OptionalInt.of(2 * IMAGE_ENCODER.tokens())))).with(IMAGE_ENCODER),
            PublishedWan.T2V_A14B, layout(reading(16)).withSecondBelow(.875),
            PublishedWan.I2V_A14B, layout(reading(36)).withSecondBelow(.9),
            PublishedWan.TI2V_5B, new WanArchitecture(
                    new WanConfig(2, 12, 2, 40, 48, 48, 16, 8, List.of(1, 2, 2), 1024, 1e-6, true), TEXT, VAE_OF_WAN22,
                    5).withTimesOfTokens());

    private TinyWan() {}

    private static WanConfig reading(int channels) {
        return new WanConfig(2, 12, 2, 40, channels, 16, 16, 8, List.of(1, 2, 2), 1024, 1e-6, true);
    }

    private static WanArchitecture layout(WanConfig transformer) {
        return new WanArchitecture(transformer, TEXT, ARCHITECTURE.vae(), 3);
    }

    public static RandomCheckpoint checkpoint(ElementType type, long seed) {
        return RandomCheckpoint.whole(WanCheckpoint.of(ARCHITECTURE), type, seed, DEMO);
    }
}
