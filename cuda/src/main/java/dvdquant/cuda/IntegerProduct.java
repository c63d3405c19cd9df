package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** The product of a quantized linear layer, with its scales, bias, gate and residual: s8_gemm_sm90.cu, s8_gemm_sm80.cu. */
final class IntegerProduct {
    /** The boxes of s8_gemm_sm90.cu: rows of A and of B by bytes, rows of the result by bytes. */
    private static final int A_ROWS = 128;
    private static final int B_ROWS = 256;
    private static final int K_BYTES = 128;
    private static final int OUT_ROWS = 16;
    private static final int OUT_BYTES = 64;
    /** The tile of s8_gemm_sm80.cu. */
    private static final int MMA_TILE = 128;

    private final KernelLibrary library;
    private final boolean warpgroups;
    private final WeightExpander expander;

    /** @param warpgroups whether to multiply by warpgroups, which only Hopper can; it can run the other product as well */
    IntegerProduct(KernelLibrary library, boolean warpgroups) {
        this.library = library;
        this.warpgroups = warpgroups;
        this.expander = new WeightExpander(library);
    }

    /** The macros of a specialization. */
    static KernelSource source(boolean warpgroups, ElementType type, boolean residual) {
        return new KernelSource(warpgroups ? "s8_gemm_sm90.cu" : "s8_gemm_sm80.cu")
                .with("OUT_F32", type == ElementType.F32 ? 1 : 0).with("RESIDUAL", residual ? 1 : 0);
    }

    /**
     * @param residual [tokens, out]; null: nothing is added
     * @param gate F32 [out], or null
     * @return [tokens, out]
     */
    Tensor run(Int8Rows x, CudaInt8Weights weights, ElementType type, Tensor residual, Tensor gate) {
        Tensor result = Tensor.empty(x.codes().device(), type, x.codes().dim(0), weights.out());
        try (var _ = TensorScope.open()) {
            launch(x, expander.expand(weights), weights, result, residual, gate);
        }
        return result;
    }

    /** @param values I8 [out, in] */
    private void launch(Int8Rows x, Tensor values, CudaInt8Weights weights, Tensor result, Tensor residual,
            Tensor gate) {
        KernelSource source = source(warpgroups, result.type(), residual != null);
        long tokens = x.codes().dim(0);
        if (!warpgroups) {
            Arguments arguments = new Arguments().tensor(x.codes()).tensor(values).tensor(result).tensor(residual);
            library.kernel(source, "s8GemmMma").launch(
                    Math.ceilDiv(tokens, MMA_TILE) * Math.ceilDiv((long) weights.out(), MMA_TILE),
                    epilogue(arguments, x, weights, gate));
            return;
        }
        int columns = OUT_BYTES / result.type().sizeBytes();
        TensorMap out = TensorMap.of(result, TensorMap.Swizzle.BYTES_64, OUT_ROWS, columns);
        TensorMap added = residual == null
                ? out
                : TensorMap.of(residual, TensorMap.Swizzle.BYTES_64, OUT_ROWS, columns);
        Arguments arguments = new Arguments().map(TensorMap.of(x.codes(), TensorMap.Swizzle.BYTES_128, A_ROWS, K_BYTES))
                .map(TensorMap.of(values, TensorMap.Swizzle.BYTES_128, B_ROWS, K_BYTES)).map(out).map(added);
        Kernel kernel = library.kernel(source, "s8Gemm");
        kernel.launchPersistent(Math.ceilDiv(tokens, A_ROWS) * Math.ceilDiv((long) weights.out(), B_ROWS),
                epilogue(arguments, x, weights, gate));
    }

    private static Arguments epilogue(Arguments arguments, Int8Rows x, CudaInt8Weights weights, Tensor gate) {
        return arguments.tensor(x.scales()).tensor(weights.scales()).tensor(weights.bias()).tensor(gate)
                .integer(x.codes().dim(0)).integer(weights.out()).integer(weights.in());
    }
}
