package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.weights.WeightLoader;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the headers of a component's files say.
 *
 * @param layout in full precision
 * @param format how it is quantized, if it is
 * @param modulation of {@link Component#modulation}
 * @param mapped the type that most weights have in mapped files: one that is computed in is used where it lies; empty if most are made as
 *            they are read
 */
record ComponentFiles(Path folder, TensorLayout layout, Optional<QuantizedFormat> format, Optional<String> modulation,
        Optional<ElementType> mapped) {
    /** @throws InputException if the files cannot be read or do not hold what the configuration implies */
    static ComponentFiles read(Path model, Component component, TensorSource.Opener sources) {
        Path folder = model.resolve(component.name());
        TensorLayout layout = component.layout(folder);
        try (var files = WeightLoader.open(folder, layout, sources)) {
            return new ComponentFiles(folder, layout, QuantizedFormat.of(folder), component.modulation(),
                    files.mappedType());
        }
    }

    /** The bytes that weights of the modulation, which rest packed however the others do, take less than in a type to compute in. */
    long packedAway(ElementType dtype) {
        if (format.isEmpty() || modulation.isEmpty()) return 0;
        Pattern layers = Pattern.compile(modulation.get());
        return format.get().ofLayers().entrySet().stream()
                .filter(layer -> layer.getValue().activations().isEmpty() && layers.matcher(layer.getKey()).matches())
                .mapToLong(layer -> {
                    Shape shape = layout.shapes().get(TensorLayout.weightOf(layer.getKey()));
                    return shape.elements() * dtype.sizeBytes() - layer.getValue().size(shape).bytes();
                }).sum();
    }

    /** @throws InputException if blocks of the scales do not divide a quantized layer's channels */
    void requireFits(ActivationScales scales) {
        if (format.isEmpty()) return;
        for (String layer : format.get().ofQuantizedActivations().layers()) {
            try {
                scales.blocksOf(Math.toIntExact(layout.shapes().get(TensorLayout.weightOf(layer)).dim(1)));
            } catch (IllegalArgumentException e) {
                throw new InputException("activation scales '" + scales.text() + "': layer '" + layer + "': "
                        + e.getMessage(), e);
            }
        }
    }
}
