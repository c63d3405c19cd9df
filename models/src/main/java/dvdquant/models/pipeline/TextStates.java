package dvdquant.models.pipeline;

/**
 * What a text encoder makes of a prompt.
 *
 * @param tokens of the prompt, without padding
 * @param width of a state
 * @param values [tokens, width]
 */
public record TextStates(int tokens, int width, float[] values) {}
