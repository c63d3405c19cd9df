package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.tensor.Residence;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * How the transformers that sample a clip are loaded.
 *
 * @param layers of each, by its component, in the order of the steps
 * @param together whether all are there at once; if not, each goes for the next. True where there is one
 */
record HeldTransformers(SequencedMap<String, HeldLayers> layers, boolean together) {
    /**
     * How a transformer's quantized layers are loaded.
     *
     * @param residence of their weights, where the device leaves a choice
     */
    record HeldLayers(LayerArithmetic arithmetic, Residence residence) {
        boolean isPacked() {
            return residence == Residence.PACKED && arithmetic != LayerArithmetic.EMULATED;
        }

        /** Whether one that is loaded so computes the same. */
        boolean isLike(HeldLayers other) {
            return arithmetic == other.arithmetic;
        }
    }

    /** One transformer for all steps. */
    static HeldTransformers of(String component, HeldLayers layers) {
        var one = new LinkedHashMap<String, HeldLayers>();
        one.put(component, layers);
        return new HeldTransformers(one, true);
    }

    /** The same, each of which goes for the next. */
    HeldTransformers apart() {
        return new HeldTransformers(layers, layers.size() == 1);
    }

    /** The same with those that are loaded already as they are, if they compute the same. */
    HeldTransformers with(Map<String, HeldLayers> loaded) {
        var actual = new LinkedHashMap<>(layers);
        actual.replaceAll((component, planned) -> {
            HeldLayers found = loaded.get(component);
            return found != null && found.isLike(planned) ? found : planned;
        });
        return new HeldTransformers(actual, together);
    }

    /** Whether these are the transformers, and compute so. */
    boolean compute(Map<String, LayerArithmetic> arithmetics) {
        return layers.keySet().equals(arithmetics.keySet()) && layers.entrySet().stream()
                .allMatch(one -> one.getValue().arithmetic() == arithmetics.get(one.getKey()));
    }

    /** Whether one that is loaded may stay while another, or itself, takes steps. */
    boolean keeps(String loaded, HeldLayers as, String needed) {
        return (together || loaded.equals(needed)) && layers.containsKey(loaded) && layers.get(loaded).isLike(as);
    }
}
