package dvdquant.cuda;

import java.nio.file.Path;

/**
 * What a user chooses of a GPU.
 *
 * @param attention how it is computed
 * @param offload whether the weights of layers stay in the host's memory
 * @param cache folder of compiled kernels; made if it is not there
 */
public record CudaSettings(AttentionMode attention, boolean offload, Path cache) {
    /** How attention is computed. */
    public enum AttentionMode {
        /** In the type of its input, by libtorch: the paper's setting. */
        EXACT,
        /** Over 8,192 keys and more in 8 bits, by our kernel for Hopper; over fewer, as over a text, exactly, which is faster there. */
        INT8
    }
}
