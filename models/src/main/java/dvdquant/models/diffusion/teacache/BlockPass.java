package dvdquant.models.diffusion.teacache;

import dvdquant.tensor.Tensor;

import java.util.function.UnaryOperator;

/** How a forward gets from what goes into a transformer's blocks to what comes out of them. */
@FunctionalInterface
public interface BlockPass {
    /** Through the blocks. */
    BlockPass COMPUTE = (hidden, blocks) -> blocks.apply(hidden);

    /**
     * {@return what comes out of the blocks, or what stands for it, [tokens, width]}
     *
     * @param hidden [tokens, width]: what goes into the blocks
     * @param blocks all of them, one after the other
     */
    Tensor apply(Tensor hidden, UnaryOperator<Tensor> blocks);
}
