package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.tensor.Residence;

/**
 * How a transformer's quantized layers are loaded.
 *
 * @param residence of their weights, where the device leaves a choice
 */
record HeldLayers(LayerArithmetic arithmetic, Residence residence) {
    boolean isPacked() {
        return residence == Residence.PACKED && arithmetic != LayerArithmetic.EMULATED;
    }
}
