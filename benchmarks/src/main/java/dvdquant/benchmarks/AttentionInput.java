package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.Optional;

/**
 * Random input of an attention. Its tensors belong to the scope it is made in.
 *
 * @param query [tokens, width], F32, as are {@code key} and {@code value} [keys, width]
 * @param norm of queries and keys, with a rotary embedding where both are of the same tokens; empty: they are attended to as they are
 */
record AttentionInput(AttentionSize size, Tensor query, Tensor key, Tensor value, Optional<QueryKeyNorm> norm) {
    private static final double EPS = 1e-6;

    static AttentionInput random(AttentionSize size, long seed, boolean normed, Device device) {
        Tensor query = rows(device, seed, size.tokens(), size.width());
        Tensor key = rows(device, seed + 1, size.keys(), size.width());
        Tensor value = rows(device, seed + 2, size.keys(), size.width());
        Optional<QueryKeyNorm> norm = normed
                ? Optional.of(new QueryKeyNorm(gain(device, seed + 3, size), gain(device, seed + 4, size),
                        size.tokens() == size.keys() ? rotary(device, seed + 5, size) : null, EPS))
                : Optional.empty();
        return new AttentionInput(size, query, key, value, norm);
    }

    private static Tensor rows(Device device, long seed, long rows, long width) {
        return device.isCpu()
                ? Tensor.randn(seed, rows, width)
                : RandomRows.of(device, seed, ElementType.F32, rows, width);
    }

    private static Tensor gain(Device device, long seed, AttentionSize size) {
        return Tensor.randn(seed, size.width()).multiply(0.02).add(1).to(device);
    }

    /** Random angles: as good as those of positions. */
    private static Rotary rotary(Device device, long seed, AttentionSize size) {
        Tensor angles = rows(device, seed, size.tokens(), size.headSize() / 2).multiply(3);
        Tensor sin = angles.sin();
        return new Rotary(interleaved(angles.cos(), angles.cos()), interleaved(sin.multiply(-1), sin));
    }

    /** Two of [tokens, n] → [tokens, 2n], in turn. */
    private static Tensor interleaved(Tensor even, Tensor odd) {
        long tokens = even.dim(0);
        long pairs = even.dim(1);
        return Tensor.cat(List.of(even.reshape(tokens, pairs, 1), odd.reshape(tokens, pairs, 1)), 2)
                .reshape(tokens, 2 * pairs);
    }

    AttentionInput to(ElementType type) {
        return new AttentionInput(size, query.to(type), key.to(type), value.to(type), norm);
    }

    /** Ours, [tokens, width]. */
    Tensor attend(Kernels kernels) {
        return norm.isPresent()
                ? kernels.attention(query, key, value, size.heads(), norm.get())
                : kernels.attention(query, key, value, size.heads());
    }

    /**
     * How far ours is from the same in F64, over all keys, for some tokens: ‖difference‖ / ‖truth‖.
     *
     * @param sample tokens that are looked at
     */
    double relativeError(Kernels kernels, int sample) {
        try (var _ = TensorScope.open()) {
            Tensor tokens = evenly(Math.min(sample, size.tokens())).to(kernels.device());
            Tensor found = attend(kernels).indexSelect(0, tokens).to(ElementType.F64);
            Tensor exact = reference(tokens);
            return found.subtract(exact).length() / exact.length();
        }
    }

    private Tensor evenly(long count) {
        var indices = new long[Math.toIntExact(count)];
        for (int i = 0; i < count; i++) {
            indices[i] = i * size.tokens() / count;
        }
        return Tensor.ofLongs(indices, count);
    }

    private Tensor reference(Tensor tokens) {
        Tensor q = query.indexSelect(0, tokens).to(ElementType.F64);
        Tensor k = key.to(ElementType.F64);
        if (norm.isPresent()) {
            Rotary rotary = norm.get().rotary();
            q = normed(q, norm.get().queryGain());
            k = normed(k, norm.get().keyGain());
            if (rotary != null) {
                Tensor cos = rotary.cos().to(ElementType.F64);
                Tensor sin = rotary.sin().to(ElementType.F64);
                q = LibtorchAttention.turned(q, new Rotary(cos.indexSelect(0, tokens), sin.indexSelect(0, tokens)));
                k = LibtorchAttention.turned(k, new Rotary(cos, sin));
            }
        }
        Tensor scores = byHead(q).matmul(byHead(k).transpose(2, 3)).multiply(1 / Math.sqrt(size.headSize()));
        return LibtorchAttention.merged(scores.softmax(-1).matmul(byHead(value.to(ElementType.F64))));
    }

    private Tensor byHead(Tensor x) {
        return LibtorchAttention.byHead(x, size.heads());
    }

    /** Without the eps, which is a millionth of the values' square. */
    private static Tensor normed(Tensor x, Tensor gain) {
        return x.divide(x.norm(1).multiply(1 / Math.sqrt(x.dim(1)))).multiply(gain.to(ElementType.F64));
    }
}
