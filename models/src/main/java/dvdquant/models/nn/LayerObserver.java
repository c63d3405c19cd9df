package dvdquant.models.nn;

import dvdquant.tensor.Tensor;

/** Sees what goes into the linear layers of a model: to calibrate, or to draw it. */
@FunctionalInterface
public interface LayerObserver {
    /**
     * Called before a layer runs, on the thread that runs it.
     *
     * @param layer its name in the checkpoint, without {@code .weight}
     * @param input [tokens, in], F32 or BF16, valid during the call; one and the same for layers that share it
     */
    void observe(String layer, Tensor input);
}
