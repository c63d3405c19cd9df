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
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.weights.QuantizedLayer;
import dvdquant.models.weights.WeightLoader;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The errors of all layers of the transformers that are quantized, or would be. Layer by layer, from mapped files: in memory are some
 * rows of one layer, and its low-rank branch.
 *
 * @param format how those of the first transformer that has such are quantized
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
        Pipelines.requireFullPrecision(model);
        var recipe = new Recipe(Method.DVD_QUANT, new LayerFormat(scheme, ActivationRule.DEFAULT));
        ModelRecipe ofModel = Pipelines.recipe(model, recipe);
        var parts = new ArrayList<Part>();
        ofModel.layers().forEach((component, selection) -> {
            TensorLayout layout = Pipelines.transformerLayout(model.resolve(component));
            var selected = new TreeSet<String>();
            for (String tensor : layout.shapes().keySet()) {
                TensorLayout.layerOf(tensor).filter(selection::selects).ifPresent(selected::add);
            }
            var format = new QuantizedFormat("", ofModel.recipe().format(selected).ofLayers());
            requireFits(format, layout, model.resolve(component));
            parts.add(new Part(component, format, layout));
        });
        return measure(parts, model, Optional.empty(), threads, progress);
    }

    /** A component with layers that are quantized, or would be. */
    private record Part(String component, QuantizedFormat format, TensorLayout layout) {
        WeightLoader open(Path model) {
            return WeightLoader.open(model.resolve(component), layout);
        }
    }

    /**
     * The errors of a quantized model, and what the stages of BGR give with its scheme.
     *
     * @param model in full precision, that it was quantized from
     * @throws InputException if they cannot be read, or do not belong together
     */
    public static WeightSurvey against(Path quantized, Path model, int threads, Quantizer.Progress progress) {
        var parts = new ArrayList<Part>();
        for (String component : Pipelines.quantizedLayers(quantized).keySet()) {
            Optional<QuantizedFormat> format = QuantizedFormat.of(quantized.resolve(component));
            if (format.isEmpty()) continue;
            QuantizedFormat.requireFullPrecision(model.resolve(component));
            TensorLayout layout = Pipelines.transformerLayout(model.resolve(component));
            Origin.requireSameLayers(quantized, Pipelines.transformerLayout(quantized.resolve(component)), model,
                    layout);
            parts.add(new Part(component, format.get(), layout));
        }
        if (parts.isEmpty()) {
            throw new InputException(
                    quantized + ": this model is in full precision, expected one that was quantized from "
                            + model);
        }
        return measure(parts, model, Optional.of(quantized), threads, progress);
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

    private static WeightSurvey measure(List<Part> parts, Path model, Optional<Path> quantized, int threads,
            Quantizer.Progress progress) {
        var layers = new ArrayList<LayerErrors>();
        long total = parts.stream().mapToLong(part -> part.format.elements(part.layout)).sum();
        try (var measurement = new LayerMeasurement(threads)) {
            for (Part part : parts) {
                long before = layers.stream().mapToLong(layer -> layer.size().weights()).sum();
                try (var full = part.open(model)) {
                    layers.addAll(measure(part, full, model, quantized, measurement,
                            (done, _) -> progress.weightsDone(before + done, total)));
                }
            }
        }
        return new WeightSurvey(parts.getFirst().format, layers);
    }

    private static List<LayerErrors> measure(Part part, WeightLoader full, Path model, Optional<Path> quantized,
            LayerMeasurement measurement, Quantizer.Progress progress) {
        if (quantized.isEmpty()) return measure(part, full, Optional.empty(), measurement, progress);
        try (var codes = part.open(quantized.get())) {
            Origin.requireSameTensors(quantized.get(), codes, model, full, part.format, part.layout);
            return measure(part, full, Optional.of(codes), measurement, progress);
        }
    }

    private static List<LayerErrors> measure(Part part, WeightLoader full, Optional<WeightLoader> codes,
            LayerMeasurement measurement, Quantizer.Progress progress) {
        List<String> names = part.format.layers().stream()
                .sorted(Comparator.comparing(LayerName::of, LayerName.ORDER)).toList();
        var layers = new ArrayList<LayerErrors>();
        long total = part.format.elements(part.layout);
        long done = 0;
        progress.weightsDone(0, total);
        for (String layer : names) {
            Shape shape = part.layout.shapes().get(TensorLayout.weightOf(layer));
            LayerErrors errors = measure(LayerName.of(part.component, layer), layer, shape,
                    part.format.of(layer).orElseThrow(), full, codes, measurement);
            layers.add(errors);
            done += errors.size().weights();
            progress.weightsDone(done, total);
        }
        return layers;
    }

    private static LayerErrors measure(LayerName name, String layer, Shape shape, LayerFormat format,
            WeightLoader full, Optional<WeightLoader> codes, LayerMeasurement measurement) {
        int in = Math.toIntExact(shape.dim(1));
        SourceTensor weight = full.stored(TensorLayout.weightOf(layer));
        if (!SourceTensor.readsAsFloats(weight.type())) {
            throw new InputException(weight.file() + ": tensor '" + weight.name() + "' is " + weight.type()
                    + ", expected BF16, F16 or F32");
        }
        Optional<StoredLayer> quantized = codes.flatMap(loader -> loader.quantized(layer))
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
