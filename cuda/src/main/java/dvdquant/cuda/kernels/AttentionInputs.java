package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

/**
 * Queries, keys and values to codes for attention in 8 bits, with RMSNorm and rotary embedding before: attention_inputs.cu, whose head
 * says what the codes are.
 */
final class AttentionInputs {
    /** Keys that are attended to at once. */
    static final int TILE = 128;
    static final int KEYS_A_SCALE = 32;
    /** Tokens of a block of {@code attention_queries}. */
    private static final int QUERY_TOKENS = 4;
    /** Columns of a block of {@code attention_columns}. */
    private static final int COLUMNS = 32;
    /** Blocks a multiprocessor that share the tokens out for the statistics of columns. */
    private static final int PARTS_A_MULTIPROCESSOR = 2;

    private final KernelLibrary library;

    AttentionInputs(KernelLibrary library) {
        this.library = library;
    }

    /** The macros of a specialization. */
    static KernelSource source(long width, long headSize, ElementType type) {
        var source = new KernelSource("attention_inputs.cu").with("WIDTH", width).with("D", headSize);
        return type == ElementType.F32 ? source.with("IN_F32", 1) : source;
    }

    /** Queries: codes I8 [heads, tokens, headSize], scales F32 [heads, tokens]. */
    record Queries(Tensor codes, Tensor scales) {}

    /** Keys: codes I8 [heads, keys, headSize], scales F32 [heads, tiles, {@link #TILE} / {@link #KEYS_A_SCALE}]. */
    record Keys(Tensor codes, Tensor scales) {}

    /** Values: codes I8 [heads, headSize, tiles · {@link #TILE}]; centre and scale of a channel, F32 [heads · headSize]. */
    record Values(Tensor codes, Tensor centres, Tensor scales) {}

    /** @param norm null: they are normalized already */
    Queries quantizeQueries(Tensor query, int heads, QueryKeyNorm norm) {
        long tokens = query.dim(0);
        long headSize = query.dim(1) / heads;
        var queries = new Queries(Tensor.empty(query.device(), ElementType.I8, heads, tokens, headSize),
                floats(query.device(), heads, tokens));
        double logits = 1 / (Math.sqrt(headSize) * Math.log(2)); // attention works with powers of two
        library.kernel(source(query, heads), "attention_queries").launch(Math.ceilDiv(tokens, QUERY_TOKENS),
                normed(query, norm, norm == null ? null : norm.queryGain()).tensor(queries.codes)
                        .tensor(queries.scales).integer(tokens).number(eps(norm)).number(logits));
        return queries;
    }

    /** @param norm null: they are normalized already */
    Keys quantizeKeys(Tensor key, int heads, QueryKeyNorm norm) {
        Device device = key.device();
        long tokens = key.dim(0);
        long tiles = Math.ceilDiv(tokens, TILE);
        var keys = new Keys(Tensor.empty(device, ElementType.I8, heads, tokens, key.dim(1) / heads),
                floats(device, heads, tiles, TILE / KEYS_A_SCALE));
        Tensor gain = norm == null ? null : norm.keyGain();
        Tensor factors = floats(device, tokens);
        Tensor means = floats(device, key.dim(1));
        long parts = parts(key);
        Tensor partial = floats(device, parts, key.dim(1));
        KernelSource source = source(key, heads);
        library.kernel(source, "attention_key_sums").launch(parts,
                normed(key, norm, gain).tensor(factors).tensor(partial).integer(tokens).number(eps(norm)));
        library.kernel(source, "attention_columns").launch(columnBlocks(key), new Arguments().tensor(partial)
                .tensor(means).tensor(null).integer(parts).integer(tokens).integer(0));
        // Where there are few tiles of keys, several blocks share out the heads of each.
        long shares = Math.min(heads, Math.ceilDiv(library.device().multiprocessors(), tiles));
        library.kernel(source, "attention_keys").launch(tiles, shares, normed(key, norm, gain).tensor(factors)
                .tensor(means).tensor(keys.codes).tensor(keys.scales).integer(tokens));
        return keys;
    }

    Values quantizeValues(Tensor value, int heads) {
        Device device = value.device();
        long tokens = value.dim(0);
        long tiles = Math.ceilDiv(tokens, TILE);
        var values = new Values(Tensor.empty(device, ElementType.I8, heads, value.dim(1) / heads, tiles * TILE),
                floats(device, value.dim(1)), floats(device, value.dim(1)));
        long parts = parts(value);
        Tensor partial = floats(device, 2, parts, value.dim(1));
        KernelSource source = source(value, heads);
        library.kernel(source, "attention_value_range").launch(parts,
                new Arguments().tensor(value).tensor(partial).integer(tokens));
        library.kernel(source, "attention_columns").launch(columnBlocks(value), new Arguments().tensor(partial)
                .tensor(values.centres).tensor(values.scales).integer(parts).integer(tokens).integer(1));
        library.kernel(source, "attention_values").launch(tiles, heads, new Arguments().tensor(value)
                .tensor(values.centres).tensor(values.scales).tensor(values.codes).integer(tokens));
        return values;
    }

    private static KernelSource source(Tensor x, int heads) {
        return source(x.dim(1), x.dim(1) / heads, x.type());
    }

    private static Tensor floats(Device device, long... dims) {
        return Tensor.empty(device, ElementType.F32, dims);
    }

    /** x, gain, cos, sin: what the kernels of queries and keys begin with. */
    private static Arguments normed(Tensor x, QueryKeyNorm norm, Tensor gain) {
        Rotary rotary = norm == null ? null : norm.rotary();
        return new Arguments().tensor(x).tensor(gain).tensor(rotary == null ? null : rotary.cos())
                .tensor(rotary == null ? null : rotary.sin());
    }

    private static double eps(QueryKeyNorm norm) {
        return norm == null ? 0 : norm.eps();
    }

    private long parts(Tensor x) {
        return Math.min(x.dim(0), (long) PARTS_A_MULTIPROCESSOR * library.device().multiprocessors());
    }

    private static long columnBlocks(Tensor x) {
        return Math.ceilDiv(x.dim(1), COLUMNS);
    }
}
