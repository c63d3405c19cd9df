package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.weights.WeightLoader;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the headers of a component's files say.
 *
 * @param layout in full precision
 * @param format how it is quantized, if it is
 * @param mapped the type that most weights have in mapped files: one that is computed in is used where it lies; empty if most are made as
 *            they are read
 */
record ComponentFiles(Path folder, TensorLayout layout, Optional<QuantizedFormat> format,
        Optional<ElementType> mapped) {
    /** @throws InputException if the files cannot be read or do not hold what the configuration implies */
    static ComponentFiles read(Path model, Component component, TensorSource.Opener sources) {
        Path folder = model.resolve(component.name());
        TensorLayout layout = component.layout(folder);
        try (var files = WeightLoader.open(folder, layout, sources)) {
            return new ComponentFiles(folder, layout, QuantizedFormat.of(folder), files.mappedType());
        }
    }

    /** @throws InputException if blocks of the scales do not divide a quantized layer's channels */
    void requireFits(ActivationScales scales) {
        for (String layer : format.orElseThrow().ofQuantizedActivations().layers()) {
            try {
                scales.blocksOf(Math.toIntExact(layout.shapes().get(TensorLayout.weightOf(layer)).dim(1)));
            } catch (IllegalArgumentException e) {
                throw new InputException("activation scales '" + scales.text() + "': layer '" + layer + "': "
                        + e.getMessage(), e);
            }
        }
    }
}
