package dvdquant.cuda.kernels;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** Some tokens at a time, where an operation by libtorch takes many times the memory of its input. */
final class TokenPieces {
    /** 8 MiB in F32. */
    private static final long VALUES = 1 << 21;

    private TokenPieces() {}

    /** What is done to a piece. */
    interface Use {
        /**
         * @param piece [tokens, channels], a view
         * @param first its first token
         */
        void apply(Tensor piece, long first);
    }

    /**
     * Frees after each piece what was made for it.
     *
     * @param x [tokens, channels]
     */
    static void forEach(Tensor x, Use use) {
        long tokens = Math.max(1, VALUES / x.dim(1));
        for (long first = 0; first < x.dim(0); first += tokens) {
            try (var _ = TensorScope.open()) {
                use.apply(x.narrow(0, first, Math.min(tokens, x.dim(0) - first)), first);
            }
        }
    }
}
