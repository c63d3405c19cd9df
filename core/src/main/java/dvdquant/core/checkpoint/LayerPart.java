package dvdquant.core.checkpoint;

/** What of a quantized layer a file holds in place of its weight, each a tensor. */
public enum LayerPart {
    CODES("qweight"),
    SCALES("scale"),
    GROUPS("group"),
    ZERO_POINTS("zero"),
    MULTIPLIERS("multiplier"),
    SMOOTHING("smooth"),
    LORA_DOWN("lora_down"),
    LORA_UP("lora_up");

    private final String suffix;

    LayerPart(String suffix) {
        this.suffix = suffix;
    }

    /** The tensor's name. */
    public String of(String layer) {
        return layer + "." + suffix;
    }

    /** Whether a tensor of this name can be one. */
    public boolean isNameOf(String tensor) {
        return tensor.endsWith("." + suffix);
    }
}
