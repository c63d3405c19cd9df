package dvdquant.app.inspect;

import dvdquant.app.text.TextTable;
import dvdquant.core.checkpoint.SchemeText;
import dvdquant.core.checkpoint.WeightSize;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.models.survey.QuantizedSummary;
import dvdquant.models.survey.QuantizedSummary.LayerLine;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

import static dvdquant.app.text.TextTable.Column.left;
import static dvdquant.app.text.TextTable.Column.right;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

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
        var rows = quantization.layers().stream().collect(groupingBy(
                layer -> each ? layer.name().full() : layer.name().kind(), LinkedHashMap::new, toList()));
        var table = new TextTable(left("layer"), right("count", "%d"), left("[out, in]"), right("weights", "%,d"),
                right("bytes", "%,d"), right("bits", "%.2f"));
        rows.forEach((row, layers) -> {
            WeightSize together = layers.stream().map(LayerLine::size).reduce(WeightSize.NONE, WeightSize::plus);
            List<String> shapes = layers.stream().map(layer -> "[" + layer.out() + ", " + layer.in() + "]").distinct()
                    .toList();
            table.row(row, layers.size(), shapes.size() == 1 ? shapes.getFirst() : "several", together.weights(),
                    together.bytes(), together.bitsAWeight());
        });
        table.print(out);
    }
}
