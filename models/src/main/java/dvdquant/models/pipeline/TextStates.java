package dvdquant.models.pipeline;

import dvdquant.tensor.Tensor;

/**
 * What a text encoder makes of a prompt.
 *
 * @param tokens of the prompt, without padding
 * @param width of a state
 * @param values [tokens, width]
 */
public record TextStates(int tokens, int width, float[] values) {
    /** @param states [tokens, width] */
    public static TextStates of(Tensor states) {
        return new TextStates((int) states.dim(0), (int) states.dim(1), states.toFloats());
    }
}
