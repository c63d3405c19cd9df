package dvdquant.models.diffusion.teacache;

import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;

import java.util.function.UnaryOperator;

/**
 * What the blocks added to their input at the last computed forward of one stream, prompt or negative prompt, of one sampling. Owns
 * it from step to step, until it is closed.
 */
public final class ResidualCache implements AutoCloseable {
    private Owned<Tensor> residual;

    /** Of no forward yet. */
    public ResidualCache() {}

    /**
     * Through the blocks, keeping what they add.
     *
     * @param hidden [tokens, width]: what goes into the blocks
     * @param blocks all of them, one after the other
     * @return what comes out of them, [tokens, width]
     */
    public Tensor compute(Tensor hidden, UnaryOperator<Tensor> blocks) {
        Tensor output = blocks.apply(hidden);
        close();
        residual = Owned.of(() -> output.subtract(hidden));
        return output;
    }

    /**
     * Past the blocks, adding what they added last.
     *
     * @param hidden [tokens, width]: what would go into the blocks
     * @param blocks not run
     * @return what stands for what would come out of them, [tokens, width]
     * @throws IllegalStateException if they were never computed
     */
    public Tensor skip(Tensor hidden, UnaryOperator<Tensor> blocks) {
        if (residual == null) throw new IllegalStateException("no forward was computed whose residual could be reused");
        return hidden.add(residual.value());
    }

    @Override
    public void close() {
        if (residual != null) residual.close();
        residual = null;
    }
}
