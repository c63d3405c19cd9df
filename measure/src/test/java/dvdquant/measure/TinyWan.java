package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import dvdquant.measure.checkpoint.WanCheckpoint;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;

import java.nio.file.Path;
import java.util.List;

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

    private TinyWan() {}

    public static RandomCheckpoint checkpoint(ElementType type, long seed) {
        return RandomCheckpoint.whole(WanCheckpoint.of(ARCHITECTURE), type, seed, DEMO);
    }
}
