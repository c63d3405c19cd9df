package dvdquant.core.checkpoint;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a quantized layer computes. */
public enum LayerArithmetic {
    /** Products of small integers, scaled once after each. */
    INTEGER,
    /**
     * Products in the type to compute in, of weights and activations that were quantized and multiplied by their scales again: what
     * no integer product can run. Its results are those of the method, its speed is not.
     */
    EMULATED,
    /** Activations as they are, and weights that stand for those before quantization. */
    WEIGHTS_ONLY;

    /**
     * Of layers whose inputs are quantized in one model: as integers, if all of them can; emulated, if one cannot. Of layers that have
     * their weights quantized only, that.
     */
    public static LayerArithmetic together(Stream<LayerArithmetic> layers) {
        Set<LayerArithmetic> all = layers.collect(Collectors.toSet());
        if (all.contains(EMULATED)) return EMULATED;
        return all.contains(INTEGER) ? INTEGER : WEIGHTS_ONLY;
    }
}
