package dvdquant.tensor;

import dvdquant.tensor.Kernels.Rotary;

/** Attention, and the rotary embedding before it, by libtorch's operations alone: exact on a GPU, and what ours is held against. */
public final class LibtorchAttention {
    private LibtorchAttention() {}

    /**
     * softmax(Q Kᵀ / √headSize) V of each head.
     *
     * @param query [tokens, heads · headSize]
     * @param key [keys, heads · headSize]
     * @param value [keys, heads · headSize]
     * @param heads that the channels are divided into
     * @return [tokens, heads · headSize], of the type of the query
     */
    public static Tensor of(Tensor query, Tensor key, Tensor value, int heads) {
        try (var scope = TensorScope.open()) {
            return scope.keep(merged(Tensor.scaledDotProductAttention(byHead(query, heads), byHead(key, heads),
                    byHead(value, heads))));
        }
    }

    /**
     * {@return attention as {@link #of}, with a mask, which keeps libtorch from its fastest ways on a GPU}
     *
     * @param query [tokens, heads · headSize]
     * @param key [keys, heads · headSize]
     * @param value [keys, heads · headSize]
     * @param heads that the channels are divided into
     * @param mask [1, 1, 1, keys], BOOL: the keys that are seen
     */
    public static Tensor masked(Tensor query, Tensor key, Tensor value, int heads, Tensor mask) {
        try (var scope = TensorScope.open()) {
            return scope.keep(merged(Tensor.scaledDotProductAttention(byHead(query, heads), byHead(key, heads),
                    byHead(value, heads), mask)));
        }
    }

    /**
     * Attention of a language model: token i sees the tokens up to i, and several heads of queries share one of keys.
     *
     * @param query [tokens, heads · headSize]
     * @param key [tokens, keyHeads · headSize]
     * @param value [tokens, keyHeads · headSize]
     * @param heads of the queries
     * @param keyHeads divide the heads: head h reads that of h · keyHeads / heads
     * @return [tokens, heads · headSize]
     */
    public static Tensor causal(Tensor query, Tensor key, Tensor value, int heads, int keyHeads) {
        try (var scope = TensorScope.open()) {
            return scope.keep(merged(Tensor.scaledDotProductAttention(byHead(query, heads),
                    shared(key, heads, keyHeads), shared(value, heads, keyHeads), true)));
        }
    }

    private static Tensor shared(Tensor x, int heads, int keyHeads) {
        if (heads == keyHeads) return byHead(x, heads);
        long tokens = x.dim(0);
        long size = x.dim(1) / keyHeads;
        return x.reshape(1, tokens, keyHeads, 1, size).expand(1, tokens, keyHeads, heads / keyHeads, size)
                .reshape(1, tokens, heads, size).transpose(1, 2);
    }

    /**
     * {@return a view [1, heads, tokens, headSize]}
     *
     * @param x [tokens, heads · headSize]
     * @param heads that the channels are divided into
     */
    public static Tensor byHead(Tensor x, int heads) {
        return x.reshape(1, x.dim(0), heads, x.dim(1) / heads).transpose(1, 2);
    }

    /**
     * {@return [tokens, heads · headSize]: undoes {@link #byHead}}
     *
     * @param x [1, heads, tokens, headSize]
     */
    public static Tensor merged(Tensor x) {
        return x.transpose(1, 2).reshape(x.dim(2), x.dim(1) * x.dim(3));
    }

    /**
     * {@return the rotary embedding of each head}
     *
     * @param x [tokens, heads · headSize]
     * @param rotary tables of the type of {@code x}
     */
    public static Tensor turned(Tensor x, Rotary rotary) {
        long tokens = x.dim(0);
        long pairs = rotary.cos().dim(1) / 2;
        Tensor heads = x.reshape(tokens, x.dim(1) / (2 * pairs), pairs, 2);
        return heads.multiply(rotary.cos().reshape(tokens, 1, pairs, 2))
                .add(heads.flip(3).multiply(rotary.sin().reshape(tokens, 1, pairs, 2))).reshape(tokens, x.dim(1));
    }
}
