package dvdquant.app.inspect;

import dvdquant.app.inspect.QuantizedSummary.LayerLine;
import dvdquant.app.text.SchemeText;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.quantize.CheckpointSize;

import java.io.PrintWriter;
import java.util.Locale;

/** What {@code inspect} prints of a quantized component. */
final class QuantizedText {
    private QuantizedText() {}

    /** @param each whether every layer has a line, and not every kind of layer */
    static void print(String component, QuantizedSummary quantization, boolean each, PrintWriter out) {
        CheckpointSize size = quantization.size();
        out.printf(Locale.ROOT, "%n%s: quantized by %s%n", component, SchemeText.of(quantization.format()));
        out.printf(Locale.ROOT,
                "    %d layers, %,d weights at %.2f bits each, all counted; with what stays as it was %,d at %.2f: %,d bytes, %.3f of bf16's%n%n",
                size.layers(), size.inLayers().weights(), size.bitsAWeight(), size.all().weights(),
                size.allBitsAWeight(),
                size.bytes(), size.all().overBf16());
        var rows = LayerTable.rows(quantization.layers(), each, layer -> layer.name().full(),
                layer -> layer.name().kind());
        String name = "%-" + LayerTable.width(rows.keySet(), "layer") + "s  ";
        out.printf(name + "%5s %-14s %16s %16s %6s%n", "layer", "count", "[out, in]", "weights", "bytes", "bits");
        rows.forEach((row, layers) -> {
            WeightSize together = layers.stream().map(LayerLine::size).reduce(WeightSize.NONE, WeightSize::plus);
            out.printf(Locale.ROOT, name + "%5d %-14s %,16d %,16d %6.2f%n", row, layers.size(),
                    LayerTable.shape(layers.stream().map(QuantizedText::shape).toList()), together.weights(),
                    together.bytes(), together.bitsAWeight());
        });
    }

    private static String shape(LayerLine layer) {
        return "[" + layer.out() + ", " + layer.in() + "]";
    }
}
