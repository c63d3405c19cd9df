package dvdquant.cuda;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * Attention in 8 bits, for Hopper: attention_inputs.cu makes codes of queries, keys and values, with RMSNorm and rotary embedding before,
 * and attention_sm90.cu attends.
 */
final class Int8Attention {
    /** Keys that are attended to at once. */
    private static final int TILE = 128;
    private static final int KEYS_A_SCALE = 32;
    /** Tokens of a block of {@code attention_queries}. */
    private static final int QUERY_TOKENS = 4;
    /** Columns of a block of {@code attention_columns}. */
    private static final int COLUMNS = 32;
    /** Blocks a multiprocessor that share the tokens out for the statistics of columns. */
    private static final int PARTS_A_MULTIPROCESSOR = 2;
    /** A warpgroup of {@code attention_s8} has so many queries; all but one of a block's warpgroups compute. */
    private static final int WARPGROUP_QUERIES = 64;
    private static final int WARPGROUP_THREADS = 128;

    private final KernelLibrary library;

    Int8Attention(KernelLibrary library) {
        this.library = library;
    }

    /** The macros of the kernels before attention. */
    static KernelSource inputs(long width, long headSize, ElementType type) {
        var source = new KernelSource("attention_inputs.cu").with("WIDTH", width).with("D", headSize);
        return type == ElementType.F32 ? source.with("IN_F32", 1) : source;
    }

    /** The macros of attention itself. */
    static KernelSource attention(long headSize, ElementType type) {
        var source = new KernelSource("attention_sm90.cu").with("D", headSize);
        return type == ElementType.F32 ? source.with("OUT_F32", 1) : source;
    }

    /**
     * @param norm null: queries and keys are normalized already
     * @return [tokens, heads · headSize]
     */
    Tensor attend(Tensor query, Tensor key, Tensor value, int heads, QueryKeyNorm norm) {
        long headSize = query.dim(1) / heads;
        if (headSize != 128 && headSize != 64) {
            throw new InputException("attention int8: heads of " + headSize + " channels, expected 64 or 128");
        }
        if (norm != null && norm.rotary() != null && norm.rotary().cos().dim(1) != headSize) {
            throw new IllegalArgumentException(
                    "rotary of " + norm.rotary().cos() + ", expected that of heads of " + headSize + " channels");
        }
        Tensor result = Tensor.empty(query.device(), query.type(), query.dim(0), query.dim(1));
        try (var _ = TensorScope.open()) {
            var run = new Run(query, key, value, heads, headSize, norm, result);
            run.quantizeQueries();
            run.quantizeKeys();
            run.quantizeValues();
            run.attend();
        }
        return result;
    }

    /** One attention, with the codes between its kernels; its tensors belong to the scope it is made in. */
    private final class Run {
        private final Tensor query;
        private final Tensor key;
        private final Tensor value;
        private final int heads;
        private final long headSize;
        private final QueryKeyNorm norm;
        private final Tensor result;
        private final Device device;
        private final KernelSource inputs;
        private final long tiles;
        private final Tensor queryCodes;
        private final Tensor queryScales;
        private final Tensor keyCodes;
        private final Tensor keyScales;
        private final Tensor valueCodes;
        private final Tensor valueCentres;
        private final Tensor valueScales;

        Run(Tensor query, Tensor key, Tensor value, int heads, long headSize, QueryKeyNorm norm, Tensor result) {
            this.query = query;
            this.key = key;
            this.value = value;
            this.heads = heads;
            this.headSize = headSize;
            this.norm = norm;
            this.result = result;
            device = query.device();
            inputs = inputs(query.dim(1), headSize, query.type());
            long tokens = query.dim(0);
            long keys = key.dim(0);
            tiles = Math.ceilDiv(keys, TILE);
            queryCodes = Tensor.empty(device, ElementType.I8, heads, tokens, headSize);
            queryScales = floats(heads, tokens);
            keyCodes = Tensor.empty(device, ElementType.I8, heads, keys, headSize);
            keyScales = floats(heads, tiles, TILE / KEYS_A_SCALE);
            valueCodes = Tensor.empty(device, ElementType.I8, heads, headSize, tiles * TILE);
            valueCentres = floats(query.dim(1));
            valueScales = floats(query.dim(1));
        }

        private Tensor floats(long... dims) {
            return Tensor.empty(device, ElementType.F32, dims);
        }

        /** x, gain, cos, sin: what the kernels of queries and keys begin with. */
        private Arguments normed(Tensor x, Tensor gain) {
            Rotary rotary = norm == null ? null : norm.rotary();
            return new Arguments().tensor(x).tensor(norm == null ? null : gain)
                    .tensor(rotary == null ? null : rotary.cos()).tensor(rotary == null ? null : rotary.sin());
        }

        private double eps() {
            return norm == null ? 0 : norm.eps();
        }

        void quantizeQueries() {
            double logits = 1 / (Math.sqrt(headSize) * Math.log(2)); // attention works with powers of two
            library.kernel(inputs, "attention_queries").launch(Math.ceilDiv(query.dim(0), QUERY_TOKENS),
                    normed(query, norm == null ? null : norm.queryGain()).tensor(queryCodes).tensor(queryScales)
                            .integer(query.dim(0)).number(eps()).number(logits));
        }

        void quantizeKeys() {
            Tensor gain = norm == null ? null : norm.keyGain();
            Tensor factors = floats(key.dim(0));
            Tensor means = floats(key.dim(1));
            long parts = parts(key);
            Tensor partial = floats(parts, key.dim(1));
            library.kernel(inputs, "attention_key_sums").launch(parts,
                    normed(key, gain).tensor(factors).tensor(partial).integer(key.dim(0)).number(eps()));
            columns(partial, means, null, parts, key.dim(0), false);
            // Where there are few tiles of keys, several blocks share out the heads of each.
            long shares = Math.min(heads, Math.ceilDiv(library.device().multiprocessors(), tiles));
            library.kernel(inputs, "attention_keys").launch(tiles, shares,
                    normed(key, gain).tensor(factors).tensor(means)
                            .tensor(keyCodes).tensor(keyScales).integer(key.dim(0)));
        }

        void quantizeValues() {
            long parts = parts(value);
            Tensor partial = floats(2, parts, value.dim(1));
            library.kernel(inputs, "attention_value_range").launch(parts,
                    new Arguments().tensor(value).tensor(partial).integer(value.dim(0)));
            columns(partial, valueCentres, valueScales, parts, value.dim(0), true);
            library.kernel(inputs, "attention_values").launch(tiles, heads, new Arguments().tensor(value)
                    .tensor(valueCentres).tensor(valueScales).tensor(valueCodes).integer(value.dim(0)));
        }

        private long parts(Tensor x) {
            return Math.min(x.dim(0), (long) PARTS_A_MULTIPROCESSOR * library.device().multiprocessors());
        }

        private void columns(Tensor partial, Tensor first, Tensor second, long parts, long tokens, boolean range) {
            library.kernel(inputs, "attention_columns").launch(Math.ceilDiv(first.dim(0), COLUMNS), new Arguments()
                    .tensor(partial).tensor(first).tensor(second).integer(parts).integer(tokens)
                    .integer(range ? 1 : 0));
        }

        void attend() {
            TensorMap.Swizzle swizzle = headSize == 128 ? TensorMap.Swizzle.BYTES_128 : TensorMap.Swizzle.BYTES_64;
            int width = (int) headSize;
            Kernel kernel = library.kernel(attention(headSize, result.type()), "attention_s8");
            int queries = WARPGROUP_QUERIES * (kernel.shape().threads() / WARPGROUP_THREADS - 1);
            kernel.launch(Math.ceilDiv(query.dim(0), queries), heads,
                    new Arguments().map(TensorMap.of(queryCodes, swizzle, 1, queries, width))
                            .map(TensorMap.of(keyCodes, swizzle, 1, TILE, width))
                            .map(TensorMap.of(valueCodes, TensorMap.Swizzle.BYTES_128, 1, width, TILE))
                            .tensor(queryScales).tensor(keyScales).tensor(valueCentres).tensor(valueScales)
                            .tensor(result)
                            .integer(query.dim(0)).integer(key.dim(0)).integer(heads));
        }
    }
}
