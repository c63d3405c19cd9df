package dvdquant.app.inspect;

import dvdquant.app.text.SchemeText;
import dvdquant.app.text.TextTable;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.models.survey.QuantizedSummary;
import dvdquant.models.survey.QuantizedSummary.LayerLine;

import java.io.PrintWriter;
import java.util.Locale;

import static dvdquant.app.text.TextTable.Column.left;
import static dvdquant.app.text.TextTable.Column.right;

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
        var table = new TextTable(left("layer"), right("count", "%d"), left("[out, in]"), right("weights", "%,d"),
                right("bytes", "%,d"), right("bits", "%.2f"));
        rows.forEach((row, layers) -> {
            WeightSize together = layers.stream().map(LayerLine::size).reduce(WeightSize.NONE, WeightSize::plus);
            table.row(row, layers.size(), LayerTable.shape(layers.stream().map(QuantizedText::shape).toList()),
                    together.weights(), together.bytes(), together.bitsAWeight());
        });
        table.print(out);
    }

    private static String shape(LayerLine layer) {
        return "[" + layer.out() + ", " + layer.in() + "]";
    }
}
