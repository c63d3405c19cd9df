package dvdquant.models.wan;

import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Tensor;

/**
 * What a cross-attention to the text has besides, to attend to an image with the same queries.
 *
 * @param addKProj [width, width], as addVProj
 * @param normAddedK [width], F32: RMSNorm across the heads
 */
public record AddedKeys(Linear addKProj, Linear addVProj, Tensor normAddedK) {
    /** @param name of the attention, with its dot */
    static AddedKeys load(LayerSource layers, String name, int width) {
        return new AddedKeys(layers.linear(name + "add_k_proj", width, width),
                layers.linear(name + "add_v_proj", width, width),
                layers.precise(name + "norm_added_k.weight", width));
    }
}
