package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.hunyuan.SingleBlock;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * A single block in full precision by libtorch's operations alone: what {@link SingleBlock} is measured against.
 *
 * @param mask of the attention, or null
 */
record LibtorchSingleBlock(SingleBlock weights, LibtorchOperations libtorch, Tensor mask) {
    LibtorchSingleBlock(SingleBlock weights, ElementType type, Tensor mask) {
        this(weights, new LibtorchOperations(weights.heads(), type, HunyuanVideoNorms.EPS), mask);
    }

    /** All of the type to compute in. */
    Tensor forward(Tensor hidden, Tensor condition, Rotary rotary) {
        try (var scope = TensorScope.open()) {
            Modulation by = Modulation.of(LibtorchOperations.wide(libtorch.product(weights.norm(), condition))
                    .reshape(3, condition.dim(1)), 0);
            Tensor x = libtorch.modulated(hidden, by);
            Tensor inner = libtorch.product(weights.projMlp(), x).gelu();
            var norms = new HunyuanVideoNorms(libtorch);
            Tensor attended = libtorch.attention(norms.of(libtorch.product(weights.toQ(), x), weights.normQ(), rotary),
                    norms.of(libtorch.product(weights.toK(), x), weights.normK(), rotary),
                    libtorch.product(weights.toV(), x), mask);
            Tensor out = libtorch.product(weights.projOut(), Tensor.cat(List.of(attended, inner), 1));
            return scope.keep(libtorch.gated(hidden, out, by));
        }
    }
}
