package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

/**
 * How the time modulates a part of a block: {@code x · gain + shift} after the norm, and {@code gate} on the way back to the residual
 * stream.
 *
 * @param shift [width], F32
 * @param gain [width], F32: 1 + what diffusers calls scale
 * @param gate [width], F32
 */
public record Modulation(Tensor shift, Tensor gain, Tensor gate) {
    /**
     * {@return the modulation of a part of a block}
     *
     * @param table [3 · parts, width], F32: shift, scale and gate of each part
     * @param part from 0: where there are two, the attention, then the feed-forward
     */
    public static Modulation of(Tensor table, int part) {
        return new Modulation(row(table, 3 * part), row(table, 3 * part + 1).add(1), row(table, 3 * part + 2));
    }

    /**
     * {@return a view of one row of a table, [width]}
     *
     * @param table [rows, width]
     * @param index of the row
     */
    public static Tensor row(Tensor table, int index) {
        return table.narrow(0, index, 1).reshape(table.dim(1));
    }
}
