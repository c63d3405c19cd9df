package dvdquant.models.nn;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Consumer;

/**
 * Sees what goes into the linear layers of a model: to calibrate, or to draw it. Where several clips share the model it sees a step of one, then
 * a step of another.
 */
@FunctionalInterface
public interface LayerObserver {
    /**
     * Called before a layer runs, on the thread that runs it.
     *
     * @param layer its name in the checkpoint, without {@code .weight}
     * @param input [tokens, in], F32 or BF16, valid during the call; one and the same for layers that share it
     */
    void observe(String layer, Tensor input);

    /**
     * Called after the layer.
     *
     * @param output [tokens, out], valid during the call
     * @param layer its name in the checkpoint, without {@code .weight}
     */
    default void observeOutput(String layer, Tensor output) {}

    /**
     * {@return what sees the layers of one component: layers of another may have the same names}
     *
     * @param component its folder's name, such as {@code transformer}
     */
    default LayerObserver ofComponent(String component) {
        return this;
    }

    /**
     * Copies an input to the heap some tokens at a time, [tokens, in]: the whole of a large model's may take gigabytes.
     *
     * @param input [tokens, in], on any device
     * @param look called in the order of the tokens, each time with those of some whole ones
     */
    static void forTokens(Tensor input, Consumer<float[]> look) {
        int tokensAtOnce = 256;
        for (long token = 0; token < input.dim(0); token += tokensAtOnce) {
            float[] values;
            try (var _ = TensorScope.open()) {
                values = input.narrow(0, token, Math.min(tokensAtOnce, input.dim(0) - token)).toFloats();
            }
            look.accept(values);
        }
    }
}
