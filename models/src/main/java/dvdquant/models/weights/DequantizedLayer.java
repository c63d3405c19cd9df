package dvdquant.models.weights;

import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.WeightRows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/** The weights in floating point that a quantized layer stands for, [out, in]. */
record DequantizedLayer(StoredLayer layer) {
    /** As the codes have them: smoothed and rotated, without the low-rank branch. */
    Tensor dequantize(ElementType type) {
        layer.requireFiniteSteps();
        try (var scope = TensorScope.open()) {
            return scope.keep(made(this::dequantizer).to(type));
        }
    }

    /** As they were before quantization, but for its error; looked through, but not read yet. */
    WeightRows restored() {
        layer.requireFiniteSteps();
        return new RestoredRows(layer, layer.branch(), layer.smoothing());
    }

    /** {@link #restored}, made at once. */
    Tensor restore(ElementType type) {
        WeightRows rows = restored();
        try (var scope = TensorScope.open()) {
            return scope.keep(made(rows::reader).to(type));
        }
    }

    private WeightRows.Reader dequantizer() {
        var quantized = new QuantizedRow(layer.in(), layer.format().weights());
        return (row, into) -> {
            layer.read(row, quantized);
            quantized.dequantize(into, 0);
        };
    }

    /** @param readers gives one to each thread */
    private Tensor made(Supplier<WeightRows.Reader> readers) {
        Tensor weight = Tensor.empty(ElementType.F32, layer.out(), layer.in());
        MemorySegment memory = weight.segment();
        PackedWeightReader.forRows(layer.out(), (first, last) -> {
            WeightRows.Reader reader = readers.get();
            var row = new float[layer.in()];
            for (int r = first; r < last; r++) {
                reader.read(r, row);
                MemorySegment.copy(row, 0, memory, ValueLayout.JAVA_FLOAT, (long) r * row.length * Float.BYTES,
                        row.length);
            }
        });
        layer.release();
        return weight;
    }
}
