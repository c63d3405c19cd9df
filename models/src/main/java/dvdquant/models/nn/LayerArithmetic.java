package dvdquant.models.nn;

/** How a transformer's quantized layers compute. */
public enum LayerArithmetic {
    /** Products of small integers, scaled once after each. */
    INTEGER
}
