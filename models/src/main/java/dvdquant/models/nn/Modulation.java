package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

/**
 * How the time modulates a part of a block: {@code x · gain + shift} after the norm, and {@code gate} on the way back to the residual
 * stream.
 *
 * @param shift [width], F32, as gain (1 + what diffusers calls scale) and gate
 */
public record Modulation(Tensor shift, Tensor gain, Tensor gate) {
    /**
     * @param table [3 · parts, width], F32: shift, scale and gate of each part
     * @param part from 0: where there are two, the attention, then the feed-forward
     */
    public static Modulation of(Tensor table, int part) {
        return new Modulation(row(table, 3 * part), row(table, 3 * part + 1).add(1), row(table, 3 * part + 2));
    }

    /** [width]: one of a table. */
    public static Tensor row(Tensor table, int index) {
        return table.narrow(0, index, 1).reshape(table.dim(1));
    }
}
