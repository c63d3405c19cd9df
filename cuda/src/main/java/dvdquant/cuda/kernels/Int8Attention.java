package dvdquant.cuda.kernels;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.Kernel;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.cuda.driver.TensorMap;
import dvdquant.cuda.kernels.AttentionInputs.Keys;
import dvdquant.cuda.kernels.AttentionInputs.Queries;
import dvdquant.cuda.kernels.AttentionInputs.Values;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** Attention in 8 bits, for Hopper: {@link AttentionInputs} makes codes of queries, keys and values, and attention_sm90.cu attends. */
public final class Int8Attention {
    /** A warpgroup of {@code attention_s8} has so many queries; all but one of a block's warpgroups compute. */
    private static final int WARPGROUP_QUERIES = 64;
    private static final int WARPGROUP_THREADS = 128;

    private final KernelLibrary library;
    private final AttentionInputs inputs;

    public Int8Attention(KernelLibrary library) {
        this.library = library;
        this.inputs = new AttentionInputs(library);
    }

    /** The macros of a specialization. */
    static KernelSource source(long headSize, ElementType type) {
        var source = new KernelSource("attention_sm90.cu").with("D", headSize);
        return type == ElementType.F32 ? source.with("OUT_F32", 1) : source;
    }

    /**
     * @param norm null: queries and keys are normalized already
     * @return [tokens, heads · headSize]
     */
    public Tensor attend(Tensor query, Tensor key, Tensor value, int heads, QueryKeyNorm norm) {
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
            attend(inputs.quantizeQueries(query, heads, norm), inputs.quantizeKeys(key, heads, norm),
                    inputs.quantizeValues(value, heads), result);
        }
        return result;
    }

    private void attend(Queries queries, Keys keys, Values values, Tensor result) {
        long heads = keys.codes().dim(0);
        int headSize = (int) keys.codes().dim(2);
        TensorMap.Swizzle swizzle = headSize == 128 ? TensorMap.Swizzle.BYTES_128 : TensorMap.Swizzle.BYTES_64;
        Kernel kernel = library.kernel(source(headSize, result.type()), "attention_s8");
        int atOnce = WARPGROUP_QUERIES * (kernel.shape().threads() / WARPGROUP_THREADS - 1);
        kernel.launch(Math.ceilDiv(result.dim(0), atOnce), heads,
                new Arguments().map(TensorMap.of(queries.codes(), swizzle, 1, atOnce, headSize))
                        .map(TensorMap.of(keys.codes(), swizzle, 1, AttentionInputs.TILE, headSize))
                        .map(TensorMap.of(values.codes(), TensorMap.Swizzle.BYTES_128, 1, headSize,
                                AttentionInputs.TILE))
                        .tensor(queries.scales()).tensor(keys.scales()).tensor(values.centres())
                        .tensor(values.scales()).tensor(result).integer(result.dim(0)).integer(keys.codes().dim(1))
                        .integer(heads));
    }
}
