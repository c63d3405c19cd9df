package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.io.Places;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A component that can be quantized into a folder, as far as can be told without a look at its weights.
 *
 * @param name of its folder
 * @param config its {@code config.json}
 * @param format that it gets
 * @param elements all its weights
 */
record QuantizableComponent(String name, JsonFile config, QuantizedFormat format, long elements) {
    /** @throws InputException as {@link Quantizer#run} */
    static List<QuantizableComponent> allOf(Recipe recipe, SequencedMap<String, LayerSelection> components,
            TensorSource.Opener sources, Path model, Path target) {
        var configs = new LinkedHashMap<String, JsonFile>();
        components.keySet()
                .forEach(name -> configs.put(name, QuantizedFormat.requireFullPrecision(model.resolve(name))));
        requireOutside(model, target);
        StagedPath.folderBeside(target).close();
        var idle = new LinkedHashSet<Pattern>();
        components.values().forEach(selection -> idle.addAll(selection.asked()));
        var checked = new ArrayList<QuantizableComponent>();
        components.forEach((name, selection) -> {
            try (var source = sources.open(model.resolve(name))) {
                Set<String> layers = layers(recipe, selection, idle, source);
                checked.add(new QuantizableComponent(name, configs.get(name), recipe.format(layers),
                        source.elements()));
            }
        });
        requireUsed(idle, checked, model);
        return checked;
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

    /**
     * The selected layers, checked: a weight that cannot be quantized is an error, and not left out.
     *
     * @param idle loses the patterns that match a layer
     */
    private static Set<String> layers(Recipe recipe, LayerSelection selection, Set<Pattern> idle,
            TensorSource source) {
        var layers = new TreeSet<String>();
        for (SourceTensor tensor : source.tensors().values()) {
            Optional<String> layer = TensorLayout.layerOf(tensor.name());
            if (layer.isEmpty()) continue;
            idle.removeIf(pattern -> pattern.matcher(layer.get()).matches());
            if (!selection.selects(layer.get())) continue;
            requireQuantizable(recipe, tensor);
            layers.add(layer.get());
        }
        return layers;
    }

    private static void requireUsed(SequencedSet<Pattern> idle, List<QuantizableComponent> checked, Path model) {
        for (QuantizableComponent component : checked) {
            Path folder = model.resolve(component.name);
            if (!idle.isEmpty()) {
                throw new InputException(folder + ": no layer's name is matched by '" + idle.getFirst()
                        + "', expected a pattern for the whole name, as in '.*\\.ffn\\..*'");
            }
            if (component.format.layers().isEmpty()) {
                throw new InputException(folder + ": no layer is selected to be quantized");
            }
        }
    }

    private static void requireQuantizable(Recipe recipe, SourceTensor tensor) {
        Shape shape = tensor.shape();
        String where = tensor.file() + ": tensor '" + tensor.name() + "'";
        if (shape.rank() != 2 || shape.elements() == 0 || !SourceTensor.readsAsFloats(tensor.type())) {
            throw new InputException(
                    where + " is " + tensor.type() + " " + shape + ", expected BF16, F16 or F32 [out, in]");
        }
        try {
            recipe.of(TensorLayout.layerOf(tensor.name()).orElseThrow()).requireFits(shape.dim(0), shape.dim(1));
        } catch (IllegalArgumentException e) {
            throw new InputException(where + " " + shape + ": " + e.getMessage(), e);
        }
    }
}
