package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.Modulation;
import dvdquant.models.wan.WanAttention;
import dvdquant.models.wan.WanAttention.AddedKeys;
import dvdquant.models.wan.WanBlock;
import dvdquant.models.wan.WanContext;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** A block in full precision by libtorch's operations alone: what {@link WanBlock} is measured against. */
record LibtorchWanBlock(WanBlock weights, LibtorchOperations libtorch) {
    LibtorchWanBlock(WanBlock weights, int heads, ElementType type) {
        this(weights, new LibtorchOperations(heads, type, weights.eps()));
    }

    /** As {@link WanBlock#forward}; {@code hidden} and {@code context} are of the type to compute in. */
    Tensor forward(Tensor hidden, WanContext context, Tensor time, Rotary rotary) {
        Tensor table = weights.scaleShiftTable().add(time); // [6, width]
        Modulation ofAttention = Modulation.of(table, 0);
        Modulation ofFeedForward = Modulation.of(table, 1);
        try (var scope = TensorScope.open()) {
            // 1. Self-attention
            Tensor normed = libtorch.modulated(hidden, ofAttention);
            hidden = libtorch.gated(hidden, overTokens(weights.attn1(), normed, rotary), ofAttention);
            // 2. Cross-attention
            LayerNorm norm2 = weights.norm2();
            normed = norm2 == null
                    ? hidden
                    : LibtorchOperations.wide(hidden).layerNorm(weights.eps()).multiply(norm2.weight())
                            .add(norm2.bias()).to(libtorch.type());
            hidden = hidden.add(overContext(weights.attn2(), normed, context));
            // 3. Feed-forward
            Tensor inner = libtorch.product(weights.ffnUp(), libtorch.modulated(hidden, ofFeedForward)).gelu();
            return scope.keep(libtorch.gated(hidden, libtorch.product(weights.ffnDown(), inner), ofFeedForward));
        }
    }

    private Tensor overTokens(WanAttention attention, Tensor x, Rotary rotary) {
        Tensor query = normed(libtorch.product(attention.toQ(), x), attention.normQ(), rotary);
        Tensor key = normed(libtorch.product(attention.toK(), x), attention.normK(), rotary);
        Tensor value = libtorch.product(attention.toV(), x);
        return libtorch.product(attention.toOut(), libtorch.attention(query, key, value, null));
    }

    private Tensor overContext(WanAttention attention, Tensor x, WanContext context) {
        Tensor query = normed(libtorch.product(attention.toQ(), x), attention.normQ(), null);
        Tensor key = normed(libtorch.product(attention.toK(), context.text()), attention.normK(), null);
        Tensor value = libtorch.product(attention.toV(), context.text());
        Tensor attended = libtorch.attention(query, key, value, null);
        if (attention.added().isEmpty()) return libtorch.product(attention.toOut(), attended);
        Tensor ofImage = overImage(attention.added().get(), query, context.image().orElseThrow());
        return libtorch.product(attention.toOut(), attended.add(ofImage));
    }

    private Tensor overImage(AddedKeys added, Tensor query, Tensor image) {
        Tensor key = normed(libtorch.product(added.addKProj(), image), added.normAddedK(), null);
        return libtorch.attention(query, key, libtorch.product(added.addVProj(), image), null);
    }

    private Tensor normed(Tensor x, Tensor gain, Rotary rotary) {
        Tensor normed = x.rmsNorm(gain.to(libtorch.type()), weights.eps());
        return rotary == null
                ? normed
                : LibtorchAttention.turned(LibtorchOperations.wide(normed), rotary).to(libtorch.type());
    }
}
