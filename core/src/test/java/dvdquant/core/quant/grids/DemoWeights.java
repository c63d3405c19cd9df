package dvdquant.core.quant.grids;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.weights.WeightError;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.StoredTensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The weights of the demo model that are quantized. */
record DemoWeights(String name, int rows, int columns, float[] values) {
    private static final Pattern QUANTIZED = Pattern.compile(
            "blocks\\.\\d+\\.(attn[12]\\.(to_q|to_k|to_v|to_out\\.0)|ffn\\.net\\.(0\\.proj|2))\\.weight");

    static List<DemoWeights> all() {
        Path root = Path.of(System.getProperty("project.root", ""));
        try (var checkpoint = Checkpoint.open(root.resolve("demo/tiny-wan/transformer"))) {
            return checkpoint.tensors().values().stream()
                    .filter(tensor -> QUANTIZED.matcher(tensor.name()).matches()).map(DemoWeights::read).toList();
        }
    }

    private static DemoWeights read(StoredTensor tensor) {
        var values = new float[Math.toIntExact(tensor.shape().elements())];
        if (tensor.type() == ElementType.BF16) {
            BFloat16.toFloats(tensor.data(), values, 0);
        } else {
            MemorySegment.copy(tensor.data(), ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0,
                    values, 0, values.length);
        }
        int rows = Math.toIntExact(tensor.shape().dim(0));
        return new DemoWeights(tensor.name(), rows, values.length / rows, values);
    }

    /** Of all rows, or of the whole tensor as if it were one row. */
    WeightError error(WeightScheme scheme, boolean perTensor) {
        int length = perTensor ? values.length : columns;
        var meter = new ErrorMeter(length, scheme);
        float[] copy = values.clone();
        WeightError error = WeightError.NONE;
        for (int offset = 0; offset < copy.length; offset += length) {
            error = error.plus(meter.of(copy, offset));
        }
        return error;
    }
}
