package dvdquant.evaluate.report;

/** What can be measured of a variant or a clip, in the order of the table's columns. */
public enum Measure {
    BITS_WEIGHT("bits_weight", "Bits a weight", Unit.NUMBER_2, Better.UNRANKED,
            "What a quantized weight takes in the file, with scales, zero points, multipliers and low-rank branches."),
    BITS_MODEL("bits_model", "Bits, all", Unit.NUMBER_2, Better.UNRANKED,
            "What a weight of the whole transformer takes in the mean, with all that stays as it was."),
    BITS_ACTIVATION("bits_activation", "Bits an activation", Unit.NUMBER_2, Better.UNRANKED,
            "Mean over the forward passes that were computed."),
    MODEL_BYTES("model_bytes", "Model", Unit.BYTES, Better.UNRANKED,
            "Bytes of the transformer's weights."),
    LATENTS_DB("latents_db", "Latents", Unit.DECIBEL, Better.HIGHER,
            "Signal over error of the final latents, against the reference."),
    PSNR_DB("psnr_db", "PSNR", Unit.DECIBEL, Better.HIGHER,
            "Peak signal-to-noise ratio against the reference's clip, mean over the frames; 100 dB is equal."),
    PSNR_WORST_DB("psnr_worst_db", "PSNR, worst", Unit.DECIBEL, Better.HIGHER,
            "The same, of a clip's worst frame."),
    SSIM("ssim", "SSIM", Unit.NUMBER_3, Better.HIGHER,
            "Structural similarity to the reference's clip, mean over the frames; 1 is equal."),
    SSIM_WORST("ssim_worst", "SSIM, worst", Unit.NUMBER_3, Better.HIGHER,
            "The same, of a clip's worst frame."),
    LPIPS("lpips", "LPIPS", Unit.NUMBER_3, Better.LOWER,
            "Learned perceptual distance to the reference's clip; 0 is equal."),
    JUDGE_ATTRIBUTES("judge_attributes", "Judge, attributes", Unit.NUMBER_3, Better.HIGHER,
            "Share of a caption's attributes that the judge sees in the clip, mean over the clips."),
    JUDGE_ALL("judge_all", "Judge, all right", Unit.SHARE, Better.HIGHER,
            "Share of clips in which the judge sees every attribute of the caption."),
    FRECHET("frechet", "Fréchet", Unit.NUMBER_1, Better.LOWER,
            "Fréchet distance between the judge's features of these clips and of the reference's."),
    FLICKER("flicker", "Flicker", Unit.NUMBER_3, Better.UNRANKED,
            "Mean change from frame to frame. Not for ranking: a clip that has collapsed stands still and wins."),
    SECONDS_STEP("seconds_step", "Time a step", Unit.SECONDS, Better.LOWER,
            "Mean over the sampling steps, guidance included; steps of the same bits count with their median. "
                    + "Not ranked where the variant is emulated."),
    PEAK_MEMORY("peak_memory_bytes", "Peak memory", Unit.BYTES, Better.UNRANKED,
            "The most that the process held."),
    SKIPPED_STEPS("skipped_steps", "Steps skipped", Unit.NUMBER_1, Better.UNRANKED,
            "Steps whose forward passes TeaCache left out, mean over the clips.");

    /** How a measure is written, wherever it is. */
    public enum Unit {
        NUMBER_1("", 1),
        NUMBER_2("", 2),
        NUMBER_3("", 3),
        DECIBEL("dB", 1),
        SHARE("", 3),
        /** Of bytes themselves; people read kB, MB or GB. */
        BYTES("", 0),
        SECONDS("s", 3);

        private final String symbol;
        private final int decimals;

        Unit(String symbol, int decimals) {
            this.symbol = symbol;
            this.decimals = decimals;
        }

        /** What stands behind a number or in the head of a column; may be empty. */
        public String symbol() {
            return symbol;
        }

        public int decimals() {
            return decimals;
        }
    }

    /** Which of two values is the better one. */
    public enum Better {
        HIGHER,
        LOWER,
        UNRANKED
    }

    private final String key;
    private final String label;
    private final Unit unit;
    private final Better better;
    private final String meaning;

    Measure(String key, String label, Unit unit, Better better, String meaning) {
        this.key = key;
        this.label = label;
        this.unit = unit;
        this.better = better;
        this.meaning = meaning;
    }

    /** Its name in CSV and JSON. */
    public String key() {
        return key;
    }

    /** The head of its column. */
    public String label() {
        return label;
    }

    public Unit unit() {
        return unit;
    }

    public Better better() {
        return better;
    }

    /** One or two sentences for who does not know it. */
    public String meaning() {
        return meaning;
    }
}
