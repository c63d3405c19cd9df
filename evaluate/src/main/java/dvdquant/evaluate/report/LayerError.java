package dvdquant.evaluate.report;

/**
 * How well a layer's weights survived.
 *
 * @param kind what layers of other blocks share: "attn1.to_q" of "blocks.3.attn1.to_q"
 * @param block the number of the transformer block, from 0
 * @param db signal over error, in dB
 */
public record LayerError(String kind, int block, double db) {}
