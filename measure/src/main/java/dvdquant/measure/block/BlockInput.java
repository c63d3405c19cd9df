package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.models.nn.Compute;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * What a block is run on, by us and by others; its tensors are those of the scope in which it was made.
 *
 * @param <B> the block's weights
 */
interface BlockInput<B> {
    /** [tokens, width]: what the block adds to. */
    Tensor hidden();

    /** [tokens, width] */
    Tensor forward(B block, Compute compute);

    /** The block by libtorch's operations alone, in each way that people run it. */
    List<Peer<B>> libtorch();

    /**
     * Our kernels, each alone, in the shapes that the block has; what goes into them is the caller's scope's.
     *
     * @param random makes it
     */
    List<Operation> kernels(Kernels kernels, RandomLayers random);

    /** Another's forward of the block. */
    record Peer<B>(String name, Forward<B> forward) {}

    /** Of a block whose weights are of the type to compute in: F32 or BF16. */
    @FunctionalInterface
    interface Forward<B> {
        /** [tokens, width] */
        Tensor of(B block, ElementType type);
    }
}
