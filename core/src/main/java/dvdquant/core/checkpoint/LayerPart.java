package dvdquant.core.checkpoint;

/** What of a quantized layer a file holds in place of its weight, each a tensor. */
public enum LayerPart {
    /** A code for each weight. */
    CODES("qweight"),
    /** The steps. */
    SCALES("scale"),
    /** Zero point and multiplier of each group in one byte. */
    GROUPS("group"),
    /** The zero point of each group. */
    ZERO_POINTS("zero"),
    /** The multiplier of each group. */
    MULTIPLIERS("multiplier"),
    /** What each channel of the input is divided by. */
    SMOOTHING("smooth"),
    /** The low-rank branch's factor that reads the input. */
    LORA_DOWN("lora_down"),
    /** The low-rank branch's factor that writes the output. */
    LORA_UP("lora_up");

    private final String suffix;

    LayerPart(String suffix) {
        this.suffix = suffix;
    }

    /**
     * {@return the tensor's name}
     *
     * @param layer the layer's name
     */
    public String of(String layer) {
        return layer + "." + suffix;
    }

    /**
     * {@return whether a tensor of this name can be one}
     *
     * @param tensor any tensor's name
     */
    public boolean isNameOf(String tensor) {
        return tensor.endsWith("." + suffix);
    }
}
