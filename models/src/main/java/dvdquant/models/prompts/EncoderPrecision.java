package dvdquant.models.prompts;

import dvdquant.core.format.ElementType;

/**
 * What a text encoder computes in.
 *
 * @param type of its states: F32 or BF16
 * @param eightBit whether its matrices, and what they read, are 8-bit integers
 */
public record EncoderPrecision(ElementType type, boolean eightBit) {
    /**
     * With matrices of that type, too.
     *
     * @param type F32 or BF16
     * @return without integers
     */
    public static EncoderPrecision of(ElementType type) {
        return new EncoderPrecision(type, false);
    }
}
