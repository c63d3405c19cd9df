package dvdquant.models.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.io.Places;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.StoredTensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A model that can be quantized into a folder, as far as can be told without a look at its weights.
 *
 * @param config of its transformer
 * @param format that its transformer gets
 */
record QuantizableModel(JsonFile config, QuantizedFormat format) {
    /** @throws InputException as {@link Quantizer#run} */
    static QuantizableModel of(Recipe recipe, List<Pattern> include, List<Pattern> exclude, Path model, Path target) {
        JsonFile config = QuantizedFormat.requireFullPrecision(model);
        requireOutside(model, target);
        StagedPath.folderBeside(target).close();
        try (var checkpoint = Checkpoint.open(model.resolve(Quantizer.TRANSFORMER))) {
            return new QuantizableModel(config, recipe.format(layers(recipe, include, exclude, config, checkpoint)));
        }
    }

    /** The other files are copied while the target is written: inside the model it would take in a part of itself. */
    private static void requireOutside(Path model, Path target) {
        try {
            if (Places.isInside(target, model)) {
                throw new InputException("cannot write " + target + ": it is inside the model " + model
                        + ", expected a folder outside");
            }
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
        }
    }

    /** The selected layers, checked: a weight that cannot be quantized is an error, and not left out. */
    private static Set<String> layers(Recipe recipe, List<Pattern> include, List<Pattern> exclude, JsonFile config,
            Checkpoint checkpoint) {
        LayerSelection selection = LayerSelection.of(config).with(include, exclude);
        var idle = new LinkedHashSet<Pattern>(include);
        idle.addAll(exclude);
        var layers = new TreeSet<String>();
        for (StoredTensor tensor : checkpoint.tensors().values()) {
            Optional<String> layer = TensorLayout.layerOf(tensor.name());
            if (layer.isEmpty()) continue;
            idle.removeIf(pattern -> pattern.matcher(layer.get()).matches());
            if (!selection.selects(layer.get())) continue;
            requireQuantizable(recipe, tensor);
            layers.add(layer.get());
        }
        if (!idle.isEmpty()) {
            throw new InputException(config.path().getParent() + ": no layer's name is matched by '"
                    + idle.getFirst() + "', expected a pattern for the whole name, as in '.*\\.ffn\\..*'");
        }
        if (layers.isEmpty())
            throw new InputException(config.path().getParent() + ": no layer is selected to be quantized");
        return layers;
    }

    private static void requireQuantizable(Recipe recipe, StoredTensor tensor) {
        Shape shape = tensor.shape();
        String where = tensor.file() + ": tensor '" + tensor.name() + "'";
        if (shape.rank() != 2 || shape.elements() == 0 || !LayerWeights.reads(tensor.type())) {
            throw new InputException(
                    where + " is " + tensor.type() + " " + shape + ", expected BF16, F16 or F32 [out, in]");
        }
        try {
            recipe.format(Set.of()).requireFits(shape.dim(0), shape.dim(1));
        } catch (IllegalArgumentException e) {
            throw new InputException(where + " " + shape + ": " + e.getMessage(), e);
        }
    }
}
