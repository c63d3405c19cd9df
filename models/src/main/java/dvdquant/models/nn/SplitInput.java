package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * Packed weights times an input that is not quantized, by integer products: each value is split into two 8-bit integers, the second for
 * what the first leaves over, which makes 15 bits and more, finer than BF16. For a row or few, which are rotated on the host.
 *
 * @param rotation of the weights' columns
 * @param bias [out], of the weights, or null
 */
record SplitInput(QuantizedWeights weights, Rotation rotation, Tensor bias) implements Linear {
    private static final ActivationScheme SCHEME = new ActivationRule(new ActivationScales.PerToken(),
            ActivationClip.NONE).at(Byte.SIZE);
    private static final Rotation NONE = new Rotation.None();

    @Override
    public Tensor forward(LinearInput x) {
        return product(x.values(), x.compute()).to(x.type());
    }

    @Override
    public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
        return product(x, compute).narrow(1, first, outputs).contiguous();
    }

    /** [tokens, out], F32 */
    private Tensor product(Tensor x, Compute compute) {
        Kernels kernels = compute.kernels();
        try (var scope = TensorScope.open()) {
            Tensor rotated = rotated(x).to(kernels.device());
            Tensor rest = rotated.subtract(kernels.emulate(rotated, NONE, SCHEME));
            Tensor coarse = kernels.linear(kernels.quantize(rotated, NONE, SCHEME), weights, ElementType.F32);
            Tensor fine = kernels.linear(kernels.quantize(rest, NONE, SCHEME), weights, ElementType.F32);
            Tensor sum = coarse.add(fine);
            return scope.keep(bias == null ? sum : sum.subtract(bias)); // each had it
        }
    }

    private Tensor rotated(Tensor x) {
        float[] values = x.toFloats();
        int columns = Math.toIntExact(x.dim(1));
        HadamardRotation by = rotation.forColumns(columns);
        for (int row = 0; row < values.length; row += columns) {
            by.rotate(values, row);
        }
        return Tensor.ofFloats(values, x.dim(0), columns);
    }
}
