package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.io.Places;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.ShardPlan;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A component that can be quantized into a folder, as far as can be told without a look at its weights; and what that comes to: pieces of work,
 * which can be done anywhere and in any order ({@link PieceQuantizer}), and the files that are made of them.
 *
 * @param name of its folder
 * @param config its new {@code config.json}
 * @param format that it gets
 * @param tensors that it has, in the order in which they are best read
 */
public record ComponentPlan(String name, String config, QuantizedFormat format, List<TensorSpec> tensors) {
    private static final String STEM = "diffusion_pytorch_model";

    /** Copies the list. */
    public ComponentPlan {
        tensors = List.copyOf(tensors);
    }

    /**
     * Plans a model's components.
     *
     * @param recipe what is done to the layers
     * @param components which layers of which component, by its folder
     * @param sources opens a component's tensors
     * @param model a folder, in full precision
     * @return in the order of the components
     * @throws InputException if the model cannot be quantized as asked
     */
    public static List<ComponentPlan> of(Recipe recipe, SequencedMap<String, LayerSelection> components,
            TensorSource.Opener sources, Path model) {
        var configs = new LinkedHashMap<String, JsonFile>();
        components.keySet()
                .forEach(name -> configs.put(name, QuantizedFormat.requireFullPrecision(model.resolve(name))));
        var idle = new LinkedHashSet<Pattern>();
        components.values().forEach(selection -> idle.addAll(selection.asked()));
        var checked = new ArrayList<ComponentPlan>();
        components.forEach((name, selection) -> {
            try (var source = sources.open(model.resolve(name))) {
                QuantizedFormat format = recipe.format(layers(recipe, selection, idle, source));
                List<TensorSpec> tensors = source.tensors().values().stream()
                        .map(tensor -> new TensorSpec(tensor.name(), tensor.type(), tensor.shape())).toList();
                checked.add(new ComponentPlan(name, ConfigText.of(configs.get(name).path(), format), format, tensors));
            }
        });
        requireUsed(idle, checked, model);
        return checked;
    }

    /** With the target, whose place is checked first. */
    static List<ComponentPlan> of(Recipe recipe, SequencedMap<String, LayerSelection> components,
            TensorSource.Opener sources, Path model, Path target) {
        requireOutside(model, target);
        StagedPath.folderBeside(target).close();
        return of(recipe, components, sources, model);
    }

    /**
     * All its weights.
     *
     * @return their number
     */
    public long elements() {
        return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    /**
     * The files of its new weights.
     *
     * @return as {@link Quantizer} writes them
     */
    public ShardPlan files() {
        return ShardPlan.of(STEM, made(), Map.of("format", "pt"), ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES);
    }

    /** The tensors that it will have, in the order in which they are made. */
    List<TensorSpec> made() {
        return tensors.stream().flatMap(tensor -> format(tensor.name())
                .map(one -> one.parts(TensorLayout.layerOf(tensor.name()).orElseThrow(), tensor.shape().dim(0),
                        tensor.shape().dim(1)).tensors())
                .orElseGet(() -> List.of(tensor)).stream()).toList();
    }

    /** How the layer is quantized that a tensor is the weight of, if it is one's. */
    Optional<LayerFormat> format(String tensor) {
        return TensorLayout.layerOf(tensor).flatMap(format::of);
    }

    /**
     * What there is to do, tensor by tensor: a layer at a time, and of a huge one some of its rows, where they can be quantized alone.
     *
     * @param mostWeights of a piece, where a tensor can be divided
     * @return in the order of the tensors
     */
    public List<Piece> pieces(long mostWeights) {
        return tensors.stream().flatMap(tensor -> format(tensor.name())
                .map(layer -> Piece.of(tensor, layer, mostWeights))
                .orElseGet(() -> List.of(Piece.whole(tensor))).stream()).toList();
    }

    /**
     * What it comes to.
     *
     * @return all counted
     */
    public CheckpointSize size() {
        return CheckpointSize.of(tensors.stream().collect(Collectors.toMap(TensorSpec::name, TensorSpec::shape)),
                format, made().stream().mapToLong(TensorSpec::sizeBytes).sum());
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

    private static void requireUsed(SequencedSet<Pattern> idle, List<ComponentPlan> checked, Path model) {
        for (ComponentPlan component : checked) {
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
