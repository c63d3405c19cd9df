package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
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
            Tensor normed = x.to(ElementType.F32).reshape(x.dim(0), x.dim(1) / gain.dim(0), gain.dim(0))
                    .rmsNorm(gain, eps).reshape(x.dim(0), x.dim(1));
            if (rotary == null) return normed.to(x.type());
            long turned = rotary.cos().dim(0);
            Tensor first = LibtorchAttention.turned(normed.narrow(0, 0, turned), rotary);
            return (turned == x.dim(0)
                    ? first
                    : Tensor.cat(List.of(first, normed.narrow(0, turned, x.dim(0) - turned)), 0)).to(x.type());
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
