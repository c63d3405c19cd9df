package dvdquant.evaluate;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.evaluate.store.ModelFigures;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a checkpoint's files tell of it. */
final class WeightFigures {

    private WeightFigures() {}

    /**
     * @param original in full precision
     * @param model the same one, quantized or not
     */
    static ModelFigures of(Path original, Path model) {
        CheckpointSize size = Pipelines.size(model);
        var layerDb = new LinkedHashMap<String, Double>();
        for (String component : Pipelines.quantizedLayers(model).keySet()) {
            QuantizedFormat.of(model.resolve(component)).ifPresent(
                    format -> addTo(layerDb, original.resolve(component), model.resolve(component), format));
        }
        return new ModelFigures(size.bitsAWeight(), size.allBitsAWeight(), size.bytes(), 0, 0, layerDb);
    }

    /** Signal over error of each layer's weights, as they are once rotation and smoothing are taken back. */
    private static void addTo(Map<String, Double> layerDb, Path original, Path component, QuantizedFormat format) {
        TensorLayout layout = Pipelines.transformerLayout(original);
        String name = component.getFileName().toString();
        String prefix = name.equals(DiffusionModel.TRANSFORMER) ? "" : name + ".";
        try (var full = WeightLoader.open(original, layout); var quantized = WeightLoader.open(component, layout)) {
            for (String layer : format.layers()) {
                try (var _ = TensorScope.open()) {
                    double db = Sqnr.db(quantized.quantized(layer).orElseThrow().restored(ElementType.F32).toFloats(),
                            full.get(TensorLayout.weightOf(layer), ElementType.F32).toFloats());
                    if (Double.isFinite(db)) layerDb.put(prefix + layer, db);
                }
                full.release(TensorLayout.weightOf(layer));
            }
        }
    }
}
