package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.TensorSpec;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Work on some rows of one tensor of a component, mostly all: a layer's weight to be quantized, or what is taken over as it is. It can be sent
 * to another machine.
 *
 * @param tensor its name in full precision
 * @param quantized whether it is a layer's weight that is quantized
 * @param firstRow of them
 * @param rows how many, by the first axis
 * @param weights in them
 */
public record Piece(String tensor, boolean quantized, long firstRow, long rows, long weights) implements Serializable {
    /** So that no two pieces share a byte of what is made, and most have whole tiles of rows. */
    private static final long ROWS_TOGETHER = 64;

    static Piece whole(TensorSpec tensor) {
        return new Piece(tensor.name(), false, 0, rows(tensor), tensor.shape().elements());
    }

    private static long rows(TensorSpec tensor) {
        return tensor.shape().rank() < 2 ? 1 : tensor.shape().dim(0);
    }

    /** A low-rank branch is found for all rows together: such a layer is one piece. */
    static List<Piece> of(TensorSpec weight, LayerFormat format, long mostWeights) {
        long all = rows(weight);
        long columns = weight.shape().dim(1);
        long most = format.lowRank() > 0
                ? all
                : Math.max(1, mostWeights / columns / ROWS_TOGETHER) * ROWS_TOGETHER;
        long count = Math.ceilDiv(all, most);
        long each = Math.ceilDiv(Math.ceilDiv(all, count), ROWS_TOGETHER) * ROWS_TOGETHER;
        var pieces = new ArrayList<Piece>();
        for (long row = 0; row < all; row += each) {
            long rows = Math.min(each, all - row);
            pieces.add(new Piece(weight.name(), true, row, rows, rows * columns));
        }
        return pieces;
    }

    /**
     * What people know it by.
     *
     * @return the layer, or the tensor where it is no layer's weight; with the rows, where they are not all
     */
    public String label() {
        return Optional.of(tensor).filter(_ -> quantized).flatMap(TensorLayout::layerOf).orElse(tensor)
                + (firstRow == 0 ? "" : " from row " + firstRow);
    }
}
