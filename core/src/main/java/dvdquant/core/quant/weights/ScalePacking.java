package dvdquant.core.quant.weights;

/** How a weight's steps, zero points and multipliers are stored beside its codes. */
public enum ScalePacking {
    /** A step a row in F32; a byte a group, the zero point in its low four bits and the multiplier − 1 in its high four. */
    GROUP_BYTES("group-bytes"),
    /** A step a row in F32; a byte a group for the zero point, and one for the multiplier. */
    ZERO_AND_MULTIPLIER_BYTES("zero-and-multiplier-bytes"),
    /** A step a group in F16, all zero points in the middle. */
    GROUP_STEPS("group-steps"),
    /** A step a group in F16, and a byte for its zero point. */
    GROUP_STEPS_AND_ZEROS("group-steps-and-zeros");

    private final String label;

    ScalePacking(String label) {
        this.label = label;
    }

    /** {@return what files call it} */
    public String label() {
        return label;
    }
}
