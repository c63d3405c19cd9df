package dvdquant.models.weights;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.tensor.WeightRows;

/** The rows of {@link DequantizedLayer#restore}, each made when it is asked for: the layer stays packed. */
final class RestoredRows implements WeightRows {
    private final QuantizedLayer layer;
    /** [rank, in] and [out, rank], row by row; of rank 0 if there is no branch. */
    private final float[] down;
    private final float[] up;
    private final float[] smoothing;

    /**
     * @param down of the branch, as {@code up}; empty if there is none
     * @param smoothing divisors of the columns; null: none
     */
    RestoredRows(QuantizedLayer layer, float[] down, float[] up, float[] smoothing) {
        this.layer = layer;
        this.down = down;
        this.up = up;
        this.smoothing = smoothing;
    }

    @Override
    public int out() {
        return layer.out();
    }

    @Override
    public int in() {
        return layer.in();
    }

    @Override
    public Reader reader() {
        var quantized = new QuantizedRow(layer.in(), layer.format().weights());
        HadamardRotation rotation = layer.format().weights().rotation().forColumns(layer.in());
        return (row, into) -> {
            layer.read(row, quantized);
            quantized.dequantize(into, 0);
            rotation.rotateBack(into, 0);
            addBranch(row, into);
            if (smoothing == null) return;
            for (int k = 0; k < into.length; k++) {
                into[k] /= smoothing[k];
            }
        };
    }

    private void addBranch(int row, float[] into) {
        int rank = down.length / into.length;
        for (int r = 0; r < rank; r++) {
            float factor = up[row * rank + r];
            for (int k = 0; k < into.length; k++) {
                into[k] += factor * down[r * into.length + k];
            }
        }
    }
}
