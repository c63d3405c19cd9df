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
     * {@return how the layers of one model compute: as integers, if all of them can whose inputs are quantized; emulated,
     * if one of these cannot}
     * Where no layer's input is quantized, all have their weights quantized only.
     *
     * @param layers what each could do by itself
     */
    public static LayerArithmetic together(Stream<LayerArithmetic> layers) {
        Set<LayerArithmetic> all = layers.collect(Collectors.toSet());
        if (all.contains(EMULATED)) return EMULATED;
        return all.contains(INTEGER) ? INTEGER : WEIGHTS_ONLY;
    }
}
