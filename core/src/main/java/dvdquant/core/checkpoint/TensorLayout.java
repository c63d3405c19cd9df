package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tensors that a model has, by name and shape, as its configuration implies them. A checkpoint is held against it before
 * anything is loaded, and random checkpoints are made from it.
 */
public final class TensorLayout {
    private static final int NAMES_IN_A_MESSAGE = 8;
    private static final String WEIGHT = ".weight";

    private final SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    private final Set<String> ignored = new TreeSet<>();
    /** A tensor's name, by its other one. */
    private final SequencedMap<String, String> tied = new LinkedHashMap<>();

    /** Of no tensors yet: they are added one by one. */
    public TensorLayout() {}

    /**
     * Adds a tensor.
     *
     * @param name as the checkpoint calls it
     * @param dims its shape
     * @return this layout
     * @throws IllegalArgumentException if there is one of this name already
     */
    public TensorLayout tensor(String name, long... dims) {
        if (shapes.put(name, Shape.of(dims)) != null) throw new IllegalArgumentException("twice in a layout: " + name);
        return this;
    }

    /**
     * Adds {@code name.weight} and {@code name.bias} of a linear layer.
     *
     * @param name of the layer
     * @param out outputs
     * @param in inputs
     * @return this layout
     * @throws IllegalArgumentException if there is one of them already
     */
    public TensorLayout linear(String name, long out, long in) {
        return tensor(name + WEIGHT, out, in).tensor(biasOf(name), out);
    }

    /**
     * {@return the name of a layer's weight}
     *
     * @param layer its name
     */
    public static String weightOf(String layer) {
        return layer + WEIGHT;
    }

    /**
     * {@return the name of a layer's bias}
     *
     * @param layer its name
     */
    public static String biasOf(String layer) {
        return layer + ".bias";
    }

    /**
     * {@return the layer that a tensor of this name is the weight of; empty if it is another part of one, or none}
     *
     * @param tensor any tensor's name
     */
    public static Optional<String> layerOf(String tensor) {
        return tensor.endsWith(WEIGHT)
                ? Optional.of(tensor.substring(0, tensor.length() - WEIGHT.length()))
                : Optional.empty();
    }

    /**
     * Adds a tensor that some checkpoints hold besides, and nothing reads.
     *
     * @param name as they call it
     * @return this layout
     */
    public TensorLayout mayHave(String name) {
        ignored.add(name);
        return this;
    }

    /**
     * Another name that a tensor of the layout has in some checkpoints: either serves, and both do if they are equal.
     *
     * @param name in the layout
     * @param other in those checkpoints
     * @return this layout
     * @throws IllegalArgumentException if the layout has no such tensor
     */
    public TensorLayout tied(String name, String other) {
        if (!shapes.containsKey(name)) throw new IllegalArgumentException("not in the layout: " + name);
        tied.put(other, name);
        return this;
    }

    /** Allows what another layout does beside its tensors, of those that this one has too. */
    TensorLayout allowingAs(TensorLayout other) {
        ignored.addAll(other.ignored);
        other.tied.forEach((alias, name) -> {
            if (shapes.containsKey(name)) tied(name, alias);
        });
        return this;
    }

    /** {@return the shapes by name, in the order in which they were added; unmodifiable} */
    public SequencedMap<String, Shape> shapes() {
        return Collections.unmodifiableSequencedMap(shapes);
    }

    /** {@return the number of weights} */
    public long elements() {
        return shapes.values().stream().mapToLong(Shape::elements).sum();
    }

    /**
     * Checks a checkpoint, and gives it with the names of this layout.
     *
     * @param component what the messages call the checkpoint, such as {@code models/wan/transformer}
     * @param source of the component's tensors, closed by the caller
     * @return the same tensors under the layout's names
     * @throws InputException naming all tensors that are missing, that the model does not have, or whose shape is another;
     *        or two that are one in the model and differ
     */
    public TensorSource check(TensorSource source, String component) {
        TensorSource named = tied.isEmpty() ? source : new TiedTensors(source, tied);
        checkNamed(named, component);
        tied.forEach((other, name) -> {
            if (!source.tensors().containsKey(name) || !source.tensors().containsKey(other)) return;
            TiedTensors.requireSame(source.tensor(name), source.tensor(other));
        });
        return named;
    }

    private void checkNamed(TensorSource source, String component) {
        var stored = source.tensors();
        var missing = new TreeSet<>(shapes.keySet());
        missing.removeAll(stored.keySet());
        var extra = new TreeSet<>(stored.keySet());
        extra.removeAll(shapes.keySet());
        extra.removeAll(ignored);
        var wrong = new ArrayList<String>();
        shapes.forEach((name, shape) -> {
            if (stored.containsKey(name) && !stored.get(name).shape().equals(shape)) {
                wrong.add(name + " is " + stored.get(name).shape() + ", expected " + shape);
            }
        });
        var faults = new ArrayList<String>();
        if (!missing.isEmpty()) faults.add("missing " + some(List.copyOf(missing)));
        if (!extra.isEmpty()) faults.add("not part of this model: " + some(List.copyOf(extra)));
        if (!wrong.isEmpty()) faults.add("of another shape: " + some(wrong));
        if (!faults.isEmpty()) {
            throw new InputException(component + ": the tensors do not fit the model: " + String.join("; ", faults));
        }
    }

    private static String some(List<String> names) {
        String listed = String.join(", ", names.subList(0, Math.min(names.size(), NAMES_IN_A_MESSAGE)));
        int more = names.size() - NAMES_IN_A_MESSAGE;
        return more > 0 ? listed + " and " + more + " more" : listed;
    }
}
