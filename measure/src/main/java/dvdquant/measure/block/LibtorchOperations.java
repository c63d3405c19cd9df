package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.natives.NativeThreads;

/**
 * The parts of a block by libtorch's operations. Norms, modulation and residual sums in F32, as diffusers computes them.
 *
 * @param type of the products and the attention: F32 or BF16
 */
record LibtorchOperations(int heads, ElementType type, double eps) {
    Tensor product(Linear linear, Tensor x) {
        if (!(linear instanceof Linear.Dense dense)) {
            throw new IllegalStateException("a block of full precision has the layer " + linear);
        }
        return x.linear(dense.weight().tensor(), dense.bias());
    }

    static Tensor wide(Tensor x) {
        return x.to(ElementType.F32);
    }

    Tensor modulated(Tensor x, Modulation by) {
        return wide(x).layerNorm(eps).multiply(by.gain()).add(by.shift()).to(type);
    }

    Tensor gated(Tensor x, Tensor y, Modulation by) {
        return wide(x).add(wide(y).multiply(by.gate())).to(type);
    }

    /** @param mask of the keys, [1, 1, 1, keys] of what is seen; or null */
    Tensor attention(Tensor query, Tensor key, Tensor value, Tensor mask) {
        // Each of libtorch's threads attends to some heads; threads of OpenBLAS below them would only be in the way.
        int before = NativeThreads.setOpenBlasCount(1);
        try {
            return mask == null
                    ? LibtorchAttention.of(query, key, value, heads)
                    : LibtorchAttention.masked(query, key, value, heads, mask);
        } finally {
            NativeThreads.setOpenBlasCount(before);
        }
    }
}
