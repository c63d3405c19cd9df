package dvdquant.measure;

import dvdquant.measure.checkpoint.Architecture;
import dvdquant.measure.checkpoint.HunyuanVideoCheckpoint;
import dvdquant.measure.checkpoint.WanCheckpoint;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.hunyuan.vae.VaeConfig;
import dvdquant.models.text.ClipTextConfig;
import dvdquant.models.text.LlamaConfig;
import dvdquant.models.wan.WanArchitecture.PublishedWan;

/** The published models whose shapes benchmarks take. */
public enum Published {
    WAN21_T2V_1_3B(PublishedWan.T2V_1_3B),
    WAN21_T2V_14B(PublishedWan.T2V_14B),
    WAN21_I2V_14B(PublishedWan.I2V_14B),
    WAN21_FLF2V_14B(PublishedWan.FLF2V_14B),
    WAN22_T2V_A14B(PublishedWan.T2V_A14B),
    WAN22_I2V_A14B(PublishedWan.I2V_A14B),
    WAN22_TI2V_5B(PublishedWan.TI2V_5B),
    HUNYUANVIDEO("hunyuanvideo", "tiny-hunyuan", HunyuanVideoConfig.PUBLISHED,
            HunyuanVideoCheckpoint.of(HunyuanVideoConfig.PUBLISHED, LlamaConfig.LLAMA_3_8B, ClipTextConfig.LARGE,
                    VaeConfig.HUNYUAN_VIDEO));

    private final String name;
    private final String demo;
    private final TransformerSizes transformer;
    private final Architecture architecture;

    Published(PublishedWan wan) {
        this(wan.toString(), "tiny-wan", wan.architecture().transformer(), WanCheckpoint.of(wan.architecture()));
    }

    Published(String name, String demo, TransformerSizes transformer, Architecture architecture) {
        this.name = name;
        this.demo = demo;
        this.transformer = transformer;
        this.architecture = architecture;
    }

    /** Its family's configuration. */
    public TransformerSizes transformer() {
        return transformer;
    }

    /** What its folder holds. */
    public Architecture architecture() {
        return architecture;
    }

    /** The folder of the family's demo model. */
    public String demo() {
        return demo;
    }

    /** What the command line calls it. */
    @Override
    public String toString() {
        return name;
    }
}
