package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.Kernel;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.cuda.driver.TensorMap;
import dvdquant.cuda.weights.CudaQuantizedWeights;
import dvdquant.cuda.weights.CudaQuantizedWeights.PackedForm;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * The product of a quantized linear layer, with its scales, bias, gate and residual: s8_gemm_sm90.cu on Hopper, and on Ampere and Ada
 * s8_gemm_sm80.cu, or s4_gemm_sm80.cu where activations and weights both have 4 bits and no multipliers.
 */
public final class IntegerProduct {
    /** The boxes of s8_gemm_sm90.cu: rows of A and of B by bytes, rows of the result by bytes. */
    private static final int A_ROWS = 128;
    private static final int B_ROWS = 256;
    private static final int K_BYTES = 128;
    private static final int OUT_ROWS = 16;
    private static final int OUT_BYTES = 64;
    /** The tile of mma_gemm.cuh. */
    private static final int MMA_TILE = 128;

    private final KernelLibrary library;
    private final boolean warpgroups;
    private final WeightExpander expander;

    /** The kernels, by their files. */
    enum Form {
        S8_WARPGROUPS("s8_gemm_sm90.cu", "s8Gemm"),
        S8_MMA("s8_gemm_sm80.cu", "s8GemmMma"),
        S4_MMA("s4_gemm_sm80.cu", "s4GemmMma");

        private final String file;
        private final String kernel;

        Form(String file, String kernel) {
            this.file = file;
            this.kernel = kernel;
        }

        /** The macros of a specialization. */
        KernelSource source(ElementType type, boolean residual) {
            return new KernelSource(file).with("OUT_F32", type == ElementType.F32 ? 1 : 0).with("RESIDUAL",
                    residual ? 1 : 0);
        }
    }

    /**
     * What a product adds its own to.
     *
     * @param residual [tokens, out]; null: nothing is added
     * @param gate F32 [out], or null
     */
    private record Added(Tensor residual, Tensor gate) {}

    /** @param warpgroups whether to multiply by warpgroups, which only Hopper can; it can run the other products as well */
    public IntegerProduct(KernelLibrary library, boolean warpgroups) {
        this.library = library;
        this.warpgroups = warpgroups;
        this.expander = new WeightExpander(library);
    }

    /**
     * @param residual [tokens, out]; null: nothing is added
     * @param gate F32 [out], or null
     * @return [tokens, out]
     */
    public Tensor run(QuantizedRows x, CudaQuantizedWeights weights, ElementType type, Tensor residual, Tensor gate) {
        Tensor result = Tensor.empty(x.codes().device(), type, x.codes().dim(0), weights.out());
        var added = new Added(residual, gate);
        try (var _ = TensorScope.open()) {
            switch (form(warpgroups, x.bits(), weights.form())) {
                case S8_WARPGROUPS -> multiplyByWarpgroups(x, weights, result, added);
                case S8_MMA -> multiplyBytes(x, weights, result, added);
                case S4_MMA -> multiplyNibbles(x, weights, result, added);
            }
        }
        return result;
    }

    /** @param bits of the activations */
    static Form form(boolean warpgroups, int bits, PackedForm weights) {
        if (warpgroups) return Form.S8_WARPGROUPS;
        return bits <= 4 && weights.isNibbleRows() ? Form.S4_MMA : Form.S8_MMA;
    }

    private void multiplyByWarpgroups(QuantizedRows x, CudaQuantizedWeights weights, Tensor result, Added added) {
        Tensor values = expander.expand(weights);
        int columns = OUT_BYTES / result.type().sizeBytes();
        TensorMap out = TensorMap.of(result, TensorMap.Swizzle.BYTES_64, OUT_ROWS, columns);
        TensorMap residual = added.residual == null
                ? out
                : TensorMap.of(added.residual, TensorMap.Swizzle.BYTES_64, OUT_ROWS, columns);
        var arguments = new Arguments().map(TensorMap.of(x.codes(), TensorMap.Swizzle.BYTES_128, A_ROWS, K_BYTES))
                .map(TensorMap.of(values, TensorMap.Swizzle.BYTES_128, B_ROWS, K_BYTES)).map(out).map(residual);
        long tiles = Math.ceilDiv(result.dim(0), A_ROWS) * Math.ceilDiv(result.dim(1), B_ROWS);
        kernel(Form.S8_WARPGROUPS, result, added).launchPersistent(tiles, end(arguments, x, weights, added));
    }

    private void multiplyBytes(QuantizedRows x, CudaQuantizedWeights weights, Tensor result, Added added) {
        var arguments = new Arguments().tensor(x.codes()).tensor(expander.expand(weights));
        launchTiles(Form.S8_MMA, arguments, x, weights, result, added);
    }

    private void multiplyNibbles(QuantizedRows x, CudaQuantizedWeights weights, Tensor result, Added added) {
        long codes = weights.bytes().address();
        var arguments = new Arguments().tensor(x.codes()).large(codes).large(codes + weights.form().parts().offset(1));
        launchTiles(Form.S4_MMA, arguments, x, weights, result, added);
    }

    /** @param arguments the operands */
    private void launchTiles(Form form, Arguments arguments, QuantizedRows x, CudaQuantizedWeights weights,
            Tensor result,
            Added added) {
        long tiles = Math.ceilDiv(result.dim(0), MMA_TILE) * Math.ceilDiv(result.dim(1), MMA_TILE);
        arguments.tensor(result).tensor(added.residual);
        kernel(form, result, added).launch(tiles, end(arguments, x, weights, added));
    }

    private Kernel kernel(Form form, Tensor result, Added added) {
        return library.kernel(form.source(result.type(), added.residual != null), form.kernel);
    }

    private static Arguments end(Arguments arguments, QuantizedRows x, CudaQuantizedWeights weights, Added added) {
        return arguments.tensor(x.scales()).tensor(weights.scales()).tensor(weights.bias()).tensor(added.gate)
                .integer(x.codes().dim(0)).integer(weights.out()).integer(weights.in());
    }
}
