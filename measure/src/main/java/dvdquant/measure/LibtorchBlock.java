package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.Linear;
import dvdquant.models.wan.WanAttention;
import dvdquant.models.wan.WanBlock;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.natives.NativeThreads;

/**
 * A block in full precision by libtorch's operations alone: what {@link WanBlock} is measured against. Norms, modulation and
 * residual sums in F32, as diffusers computes them.
 *
 * @param type of the products and the attention: F32 or BF16
 */
record LibtorchBlock(WanBlock weights, int heads, ElementType type) {
    /** As {@link WanBlock#forward}; {@code hidden} and {@code text} are of {@link #type}. */
    Tensor forward(Tensor hidden, Tensor text, Tensor time, Rotary rotary) {
        Tensor modulation = weights.scaleShiftTable().add(time); // [6, width]
        try (var scope = TensorScope.open()) {
            // 1. Self-attention
            Tensor normed = modulated(hidden, modulation, 0);
            hidden = gated(hidden, attend(weights.attn1(), normed, normed, rotary), modulation, 2);
            // 2. Cross-attention
            LayerNorm norm2 = weights.norm2();
            normed = norm2 == null
                    ? hidden
                    : wide(hidden).layerNorm(weights.eps()).multiply(norm2.weight()).add(norm2.bias()).to(type);
            hidden = hidden.add(attend(weights.attn2(), normed, text, null));
            // 3. Feed-forward
            Tensor inner = product(weights.ffnUp(), modulated(hidden, modulation, 3)).gelu();
            return scope.keep(gated(hidden, product(weights.ffnDown(), inner), modulation, 5));
        }
    }

    private Tensor attend(WanAttention attention, Tensor x, Tensor context, Rotary rotary) {
        Tensor query = normed(product(attention.toQ(), x), attention.normQ(), rotary);
        Tensor key = normed(product(attention.toK(), context), attention.normK(), rotary);
        return product(attention.toOut(), attention(query, key, product(attention.toV(), context)));
    }

    /** Each of libtorch's threads attends to some heads; threads of OpenBLAS below them would only be in the way. */
    private Tensor attention(Tensor query, Tensor key, Tensor value) {
        int before = NativeThreads.setOpenBlasCount(1);
        try {
            return LibtorchAttention.of(query, key, value, heads);
        } finally {
            NativeThreads.setOpenBlasCount(before);
        }
    }

    private Tensor normed(Tensor x, Tensor gain, Rotary rotary) {
        Tensor normed = x.rmsNorm(gain.to(type), weights.eps());
        return rotary == null ? normed : LibtorchAttention.turned(wide(normed), rotary).to(type);
    }

    private Tensor modulated(Tensor x, Tensor modulation, int shift) {
        return wide(x).layerNorm(weights.eps()).multiply(modulation.narrow(0, shift + 1, 1).add(1))
                .add(modulation.narrow(0, shift, 1)).to(type);
    }

    private Tensor gated(Tensor x, Tensor y, Tensor modulation, int gate) {
        return wide(x).add(wide(y).multiply(modulation.narrow(0, gate, 1))).to(type);
    }

    private static Tensor wide(Tensor x) {
        return x.to(ElementType.F32);
    }

    private static Tensor product(Linear linear, Tensor x) {
        Linear.Dense dense = RandomBlock.dense(linear);
        return x.linear(dense.weight().tensor(), dense.bias());
    }
}
