package dvdquant.models.weights;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.HadamardRotation;
import dvdquant.core.quant.QuantizedRow;
import dvdquant.tensor.PackedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The weights in floating point that a quantized layer stands for, [out, in]. */
record DequantizedLayer(QuantizedLayer layer) {
    /** As the codes have them: smoothed and rotated, without the low-rank branch. */
    Tensor dequantize(ElementType type) {
        try (var scope = TensorScope.open()) {
            return scope.keep(rows(_ -> {}).to(type));
        }
    }

    /** As they were before quantization, but for its error. */
    Tensor restore(ElementType type) {
        HadamardRotation rotation = layer.format().weights().rotation().forColumns(layer.in());
        try (var scope = TensorScope.open()) {
            Tensor weight = rows(row -> rotation.rotateBack(row, 0));
            if (layer.format().lowRank() > 0) {
                Tensor down = layer.weights().get(layer.name() + ".lora_down", ElementType.F32);
                Tensor up = layer.weights().get(layer.name() + ".lora_up", ElementType.F32);
                weight = weight.add(up.matmul(down));
            }
            if (layer.format().smoothing().isPresent()) {
                weight = weight.divide(Tensor.ofFloats(layer.smoothing(), layer.in()));
            }
            return scope.keep(weight.to(type));
        }
    }

    private interface RowChange {
        void apply(float[] row);
    }

    private Tensor rows(RowChange change) {
        layer.scales(); // looked through before anything is multiplied by them
        Tensor weight = Tensor.empty(ElementType.F32, layer.out(), layer.in());
        MemorySegment memory = weight.segment();
        PackedWeights.forRows(layer.out(), (first, last) -> {
            var quantized = new QuantizedRow(layer.in(), layer.format().weights());
            var row = new float[layer.in()];
            for (int r = first; r < last; r++) {
                layer.read(r, quantized);
                quantized.dequantize(row, 0);
                change.apply(row);
                MemorySegment.copy(row, 0, memory, ValueLayout.JAVA_FLOAT, (long) r * row.length * Float.BYTES,
                        row.length);
            }
        });
        layer.weights().release(layer.name() + ".qweight");
        return weight;
    }
}
