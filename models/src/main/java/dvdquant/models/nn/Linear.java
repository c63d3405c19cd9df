package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.WeightRows;

import java.util.Optional;

/**
 * A linear layer, y = x · weightᵀ + bias, in whatever precision its weights are kept: models call {@link #forward} and know no
 * number format. {@link LayerLoader} makes them.
 */
public sealed interface Linear permits Linear.Dense, Linear.Restored, Linear.Quantized, Linear.Emulated, Linear.LowRank,
        Linear.Observed, SplitInput {
    /**
     * {@return the outputs, [tokens, out], of the type of {@code x}}
     *
     * @param x [tokens, in]
     */
    Tensor forward(LinearInput x);

    /**
     * {@return the outputs, [tokens, out], for an input that no other layer reads}
     *
     * @param x [tokens, in]
     * @param compute of the step
     */
    default Tensor forward(Tensor x, Compute compute) {
        return forward(LinearInput.of(x, compute));
    }

    /**
     * Some of the outputs in F32, whatever type the weights are kept in: for what a model's own type does not resolve. What of a weight has
     * to be turned to F32 is as large as those outputs ask for.
     *
     * @param x [tokens, in], F32
     * @param compute of the step
     * @param first of the outputs
     * @param outputs how many, from there
     * @return [tokens, outputs], F32
     */
    Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs);

    /**
     * {@return residual + gate · y, [tokens, out], of the type of {@code residual}}
     *
     * @param residual [tokens, out], of the type of {@code x}
     * @param x [tokens, in]
     * @param gate [out], F32; null stands for ones
     */
    default Tensor addTo(Tensor residual, LinearInput x, Tensor gate) {
        return x.compute().kernels().gatedResidual(residual, forward(x), gate);
    }

    /**
     * Full precision.
     *
     * @param weight [out, in]
     * @param bias [out], or null
     */
    record Dense(HeldWeight weight, Tensor bias) implements Linear {
        /**
         * Of a weight on the device.
         *
         * @param weight [out, in]; stays the caller's
         * @param bias [out], or null
         */
        public Dense(Tensor weight, Tensor bias) {
            this(HeldWeight.of(weight), bias);
        }

        @Override
        public Tensor forward(LinearInput x) {
            return x.compute().kernels().linear(x.values(), weight.tensor(), bias);
        }

        @Override
        public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
            return x.linear(precise(weight.tensor(), first, outputs), precise(bias, first, outputs));
        }
    }

    /**
     * Quantized weights that stay packed, and activations as they are.
     *
     * @param weight what stands for the one before quantization
     * @param bias [out], or null
     */
    record Restored(WeightRows weight, Tensor bias) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            return x.compute().kernels().linear(x.values(), weight, bias);
        }

        @Override
        public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
            return compute.kernels().linear(x, weight.range(first, outputs), precise(bias, first, outputs));
        }
    }

    /**
     * Quantized weights and activations, multiplied as integers: x is changed as the weights were, and quantized at every call.
     *
     * @param weights with the bias
     * @param basis that the input is brought into
     */
    record Quantized(QuantizedWeights weights, InputBasis basis) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            return x.compute().kernels().linear(x.quantized(basis), weights, x.type());
        }

        @Override
        public Tensor addTo(Tensor residual, LinearInput x, Tensor gate) {
            return x.compute().kernels().linearResidual(x.quantized(basis), weights, residual, gate);
        }

        /** The product of integers is exact, and scaled in F32. */
        @Override
        public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
            return forward(x, compute).narrow(1, first, outputs).contiguous();
        }
    }

    /**
     * The same in floating point, for what no integer product can run.
     *
     * @param weight [out, in]: what the quantized weights stand for
     * @param bias [out], or null
     * @param basis that the input is brought into
     */
    record Emulated(HeldWeight weight, Tensor bias, InputBasis basis) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            return x.compute().kernels().linear(x.emulated(basis), weight.tensor(), bias);
        }

        @Override
        public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
            return LinearInput.of(x, compute).emulated(basis).linear(precise(weight.tensor(), first, outputs),
                    precise(bias, first, outputs));
        }
    }

    /**
     * A quantized layer and a branch of low rank beside it in the type to compute in: y = main(x) + (x / s) · downᵀ · upᵀ.
     *
     * <p>Source: SVDQuant (arXiv 2411.05007 §4.2).
     *
     * @param main the quantized layer
     * @param smoothing s, which the layer's basis has too
     * @param down [rank, in]
     * @param up [out, rank]
     */
    record LowRank(Linear main, Optional<Smoothing> smoothing, Tensor down, Tensor up) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            var kernels = x.compute().kernels();
            Tensor inner = kernels.linear(x.smoothed(smoothing).to(x.type()), down, null); // [tokens, rank]
            return main.forward(x).add(kernels.linear(inner, up, null));
        }

        @Override
        public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
            Tensor inner = LinearInput.of(x, compute).smoothed(smoothing).linear(down.to(ElementType.F32), null);
            return main.forwardPrecise(x, compute, first, outputs)
                    .add(inner.linear(precise(up, first, outputs), null));
        }
    }

    /**
     * A layer whose input somebody sees.
     *
     * @param layer that computes
     * @param name its name in the checkpoint, without {@code .weight}
     * @param observer told of its inputs and outputs
     */
    record Observed(Linear layer, String name, LayerObserver observer) implements Linear {
        @Override
        public Tensor forward(LinearInput x) {
            observer.observe(name, x.values());
            Tensor output = layer.forward(x);
            observer.observeOutput(name, output);
            return output;
        }

        @Override
        public Tensor forwardPrecise(Tensor x, Compute compute, long first, long outputs) {
            observer.observe(name, x);
            Tensor output = layer.forwardPrecise(x, compute, first, outputs);
            observer.observeOutput(name, output);
            return output;
        }
    }

    /** Some rows of a weight or a bias, in F32; null if that is. */
    private static Tensor precise(Tensor rows, long first, long count) {
        return rows == null ? null : rows.narrow(0, first, count).to(ElementType.F32);
    }
}
