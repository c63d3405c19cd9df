package dvdquant.models.cache;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.UnaryOperator;

/**
 * What the blocks added to their input at the last computed forward of one stream, prompt or negative prompt, of one sampling. Owns
 * it from step to step, until it is closed.
 */
public final class ResidualCache implements AutoCloseable {
    private TensorScope.Sealed owner;
    private Tensor residual;

    /** Through the blocks, keeping what they add. */
    public Tensor compute(Tensor hidden, UnaryOperator<Tensor> blocks) {
        Tensor output = blocks.apply(hidden);
        close();
        try (var scope = TensorScope.open()) {
            residual = output.subtract(hidden);
            owner = scope.seal();
        }
        return output;
    }

    /**
     * Past the blocks, adding what they added last.
     *
     * @throws IllegalStateException if they were never computed
     */
    public Tensor skip(Tensor hidden, UnaryOperator<Tensor> blocks) {
        if (residual == null) throw new IllegalStateException("no forward was computed whose residual could be reused");
        return hidden.add(residual);
    }

    @Override
    public void close() {
        if (owner != null) owner.close();
        owner = null;
        residual = null;
    }
}
