package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.Supplier;

/** Operations on rows by libtorch's own kernels, in f32 or f64 between: where a width does not suit ours, and for exact
 * attention. */
final class LibtorchRows {
    private LibtorchRows() {}

    static Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps) {
        // In f64, since the differences of a few channels are all that is left of them.
        return scoped(() -> x.to(ElementType.F64).layerNorm(eps).multiply(gain).add(offset).to(x.type()));
    }

    static Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps) {
        return scoped(() -> {
            Tensor normed = x.to(ElementType.F32).rmsNorm(gain, eps);
            return (rotary == null ? normed : turned(normed, rotary)).to(x.type());
        });
    }

    private static Tensor turned(Tensor x, Rotary rotary) {
        long tokens = x.dim(0);
        long pairs = rotary.cos().dim(1) / 2;
        Tensor heads = x.reshape(tokens, x.dim(1) / (2 * pairs), pairs, 2);
        return heads.multiply(rotary.cos().reshape(tokens, 1, pairs, 2))
                .add(heads.flip(3).multiply(rotary.sin().reshape(tokens, 1, pairs, 2))).reshape(tokens, x.dim(1));
    }

    static Tensor gatedResidual(Tensor x, Tensor y, Tensor gate) {
        return scoped(() -> {
            Tensor wide = y.to(ElementType.F32);
            return x.to(ElementType.F32).add(gate == null ? wide : wide.multiply(gate)).to(x.type());
        });
    }

    static Tensor attention(Tensor query, Tensor key, Tensor value, int heads) {
        return scoped(
                () -> Tensor.scaledDotProductAttention(byHead(query, heads), byHead(key, heads), byHead(value, heads))
                        .transpose(1, 2).reshape(query.dim(0), query.dim(1)));
    }

    /** [tokens, heads · headSize] → [1, heads, tokens, headSize]. */
    private static Tensor byHead(Tensor x, int heads) {
        return x.reshape(1, x.dim(0), heads, x.dim(1) / heads).transpose(1, 2);
    }

    private static Tensor scoped(Supplier<Tensor> operation) {
        try (var scope = TensorScope.open()) {
            return scope.keep(operation.get());
        }
    }
}
