package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Supplier;

/** Operations on rows by libtorch's own kernels, in f32 or f64 between: where a width does not suit ours. */
final class LibtorchRows {
    private LibtorchRows() {}

    static Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps) {
        // In f64, since the differences of a few channels are all that is left of them.
        return scoped(() -> x.to(ElementType.F64).layerNorm(eps).multiply(gain).add(offset).to(x.type()));
    }

    static Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps) {
        return scoped(() -> {
            Tensor normed = x.to(ElementType.F32).rmsNorm(gain, eps);
            return (rotary == null ? normed : LibtorchAttention.turned(normed, rotary)).to(x.type());
        });
    }

    static Tensor gatedResidual(Tensor x, Tensor y, Tensor gate) {
        return scoped(() -> {
            Tensor wide = y.to(ElementType.F32);
            return x.to(ElementType.F32).add(gate == null ? wide : wide.multiply(gate)).to(x.type());
        });
    }

    private static Tensor scoped(Supplier<Tensor> operation) {
        try (var scope = TensorScope.open()) {
            return scope.keep(operation.get());
        }
    }
}
