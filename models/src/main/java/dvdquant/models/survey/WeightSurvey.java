package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.LayerBasis;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.weights.QuantizedLayer;
import dvdquant.models.weights.WeightLoader;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The errors of all layers of a transformer that are quantized, or would be. Layer by layer, from mapped files: in memory are some
 * rows of one layer, and its low-rank branch.
 *
 * @param format how they are quantized
 * @param layers by block and name
 */
public record WeightSurvey(QuantizedFormat format, List<LayerErrors> layers) {

    public WeightSurvey {
        layers = List.copyOf(layers);
    }

    /**
     * What the stages of BGR would give for a model in full precision.
     *
     * @throws InputException if the model cannot be read, is quantized, or cannot be quantized so
     */
    public static WeightSurvey of(Path model, WeightScheme scheme, int threads, Quantizer.Progress progress) {
        Path folder = model.resolve(DiffusionModel.TRANSFORMER);
        QuantizedFormat.requireFullPrecision(folder);
        LayerSelection selection = Pipelines.quantizedLayers(model).get(DiffusionModel.TRANSFORMER);
        TensorLayout layout = Pipelines.transformerLayout(folder);
        var selected = new TreeSet<String>();
        for (String tensor : layout.shapes().keySet()) {
            TensorLayout.layerOf(tensor).filter(selection::selects).ifPresent(selected::add);
        }
        var format = QuantizedFormat.uniform("", new LayerFormat(scheme, ActivationRule.DEFAULT), selected);
        requireFits(format, layout, folder);
        try (var full = WeightLoader.open(folder, layout)) {
            return measure(format, layout, full, Optional.empty(), threads, progress);
        }
    }

    /**
     * The errors of a quantized model, and what the stages of BGR give with its scheme.
     *
     * @param model in full precision, that it was quantized from
     * @throws InputException if they cannot be read, or do not belong together
     */
    public static WeightSurvey against(Path quantized, Path model, int threads, Quantizer.Progress progress) {
        Path folder = quantized.resolve(DiffusionModel.TRANSFORMER);
        QuantizedFormat format = QuantizedFormat.of(folder).orElseThrow(() -> new InputException(quantized
                + ": this model is in full precision, expected one that was quantized from " + model));
        QuantizedFormat.requireFullPrecision(model.resolve(DiffusionModel.TRANSFORMER));
        TensorLayout layout = Pipelines.transformerLayout(model.resolve(DiffusionModel.TRANSFORMER));
        Origin.requireSameLayers(quantized, Pipelines.transformerLayout(folder), model, layout);
        try (var full = WeightLoader.open(model.resolve(DiffusionModel.TRANSFORMER), layout);
                var codes = WeightLoader.open(folder, layout)) {
            Origin.requireSameTensors(quantized, codes, model, full, format, layout);
            return measure(format, layout, full, Optional.of(codes), threads, progress);
        }
    }

    private static void requireFits(QuantizedFormat format, TensorLayout layout, Path folder) {
        for (String layer : format.layers()) {
            Shape shape = layout.shapes().get(TensorLayout.weightOf(layer));
            try {
                WeightScheme scheme = format.of(layer).orElseThrow().weights();
                scheme.group().groupsOf(Math.toIntExact(shape.dim(1)));
                scheme.rotation().forColumns(Math.toIntExact(shape.dim(1)));
            } catch (IllegalArgumentException e) {
                throw new InputException(folder + ": layer '" + layer + "' " + shape + ": " + e.getMessage(), e);
            }
        }
    }

    private static WeightSurvey measure(QuantizedFormat format, TensorLayout layout, WeightLoader full,
            Optional<WeightLoader> codes, int threads, Quantizer.Progress progress) {
        List<LayerName> names = format.layers().stream().map(LayerName::of).sorted(LayerName.ORDER).toList();
        var layers = new ArrayList<LayerErrors>();
        long total = format.elements(layout);
        long done = 0;
        progress.weightsDone(0, total);
        try (var measurement = new LayerMeasurement(threads)) {
            for (LayerName name : names) {
                Shape shape = layout.shapes().get(TensorLayout.weightOf(name.full()));
                LayerErrors errors = measure(name, shape, format.of(name.full()).orElseThrow(), full, codes,
                        measurement);
                layers.add(errors);
                done += errors.size().weights();
                progress.weightsDone(done, total);
            }
        }
        return new WeightSurvey(format, layers);
    }

    private static LayerErrors measure(LayerName name, Shape shape, LayerFormat format, WeightLoader full,
            Optional<WeightLoader> codes, LayerMeasurement measurement) {
        int in = Math.toIntExact(shape.dim(1));
        SourceTensor weight = full.stored(TensorLayout.weightOf(name.full()));
        if (!SourceTensor.readsAsFloats(weight.type())) {
            throw new InputException(weight.file() + ": tensor '" + weight.name() + "' is " + weight.type()
                    + ", expected BF16, F16 or F32");
        }
        Optional<StoredLayer> quantized = codes.flatMap(loader -> loader.quantized(name.full()))
                .map(QuantizedLayer::stored);
        quantized.ifPresent(StoredLayer::requireFiniteSteps);
        LayerBasis basis = quantized.map(LayerBasis::of).orElseGet(
                () -> new LayerBasis(Optional.empty(), Optional.empty(), format.weights().rotation().forColumns(in)));
        MeasuredErrors errors = measurement.of(weight, format.weights(), basis, quantized);
        weight.release();
        quantized.ifPresent(StoredLayer::release);
        return new LayerErrors(name, Math.toIntExact(shape.dim(0)), in, format.size(shape), errors);
    }

    /** Of all layers together. */
    public MeasuredErrors total() {
        return layers.stream().map(LayerErrors::errors).reduce(MeasuredErrors.none(), MeasuredErrors::plus);
    }
}
