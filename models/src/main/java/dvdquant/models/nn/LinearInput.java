package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one or more linear layers read, and the operation before them, which a device may do in one pass with the quantization. Layers
 * that are quantized alike share one quantized form of it, which belongs to the scope in which it is asked for first: an input must
 * not outlive that scope.
 */
public final class LinearInput {
    /** How the values come about. */
    private sealed interface Source {
        /** [tokens, in], before the operation. */
        Tensor x();

        Tensor values(Kernels kernels);

        QuantizedRows quantized(Kernels kernels, Rotation rotation, ActivationScheme scheme);
    }

    private record Given(Tensor x) implements Source {
        @Override
        public Tensor values(Kernels kernels) {
            return x;
        }

        @Override
        public QuantizedRows quantized(Kernels kernels, Rotation rotation, ActivationScheme scheme) {
            return kernels.quantize(x, rotation, scheme);
        }
    }

    private record Normed(Tensor x, Tensor gain, Tensor offset, double eps) implements Source {
        @Override
        public Tensor values(Kernels kernels) {
            return kernels.layerNorm(x, gain, offset, eps);
        }

        @Override
        public QuantizedRows quantized(Kernels kernels, Rotation rotation, ActivationScheme scheme) {
            return kernels.quantizeNormed(x, gain, offset, eps, rotation, scheme);
        }
    }

    /** @param x the first of what is side by side */
    private record SideBySide(Tensor x, Tensor other) implements Source {
        @Override
        public Tensor values(Kernels kernels) {
            return Tensor.cat(List.of(x, other), 1);
        }

        @Override
        public QuantizedRows quantized(Kernels kernels, Rotation rotation, ActivationScheme scheme) {
            return kernels.quantize(values(kernels), rotation, scheme);
        }
    }

    private record Activated(Tensor x) implements Source {
        @Override
        public Tensor values(Kernels kernels) {
            kernels.gelu(x);
            return x;
        }

        @Override
        public QuantizedRows quantized(Kernels kernels, Rotation rotation, ActivationScheme scheme) {
            return kernels.quantizeActivated(x, rotation, scheme);
        }
    }

    private final Source source;
    private final Compute compute;
    /** Once they are asked for: GELU is in place. */
    private final Map<Source, Tensor> values = new HashMap<>();
    private final Map<Smoothing, Tensor> smoothed = new HashMap<>();
    private final Map<InputBasis, QuantizedRows> quantized = new HashMap<>();
    private final Map<InputBasis, Tensor> emulated = new HashMap<>();

    private LinearInput(Source source, Compute compute) {
        this.source = source;
        this.compute = compute;
    }

    /**
     * {@return values as they are}
     *
     * @param values [tokens, in]
     * @param compute of the step
     */
    public static LinearInput of(Tensor values, Compute compute) {
        return new LinearInput(new Given(values), compute);
    }

    /**
     * {@return {@link Kernels#layerNorm} of {@code x}}
     *
     * @param x [tokens, in]
     * @param gain [in], F32
     * @param offset [in], F32
     * @param eps keeps the divisor from zero
     * @param compute of the step
     */
    public static LinearInput normed(Tensor x, Tensor gain, Tensor offset, double eps, Compute compute) {
        return new LinearInput(new Normed(x, gain, offset, eps), compute);
    }

    /**
     * {@return {@link Kernels#gelu} of {@code x}, which is overwritten: for a single layer}
     *
     * @param x [tokens, in]
     * @param compute of the step
     */
    public static LinearInput activated(Tensor x, Compute compute) {
        return new LinearInput(new Activated(x), compute);
    }

    /**
     * {@return the channels of two tensors side by side, for a layer that reads both}
     *
     * @param first [tokens, in1]
     * @param second [tokens, in2], of the same type
     * @param compute of the step
     */
    public static LinearInput sideBySide(Tensor first, Tensor second, Compute compute) {
        return new LinearInput(new SideBySide(first, second), compute);
    }

    /** {@return the values, [tokens, in], computed when they are asked for first} */
    public Tensor values() {
        return values.computeIfAbsent(source, s -> s.values(compute.kernels()));
    }

    /** Of the values. */
    ElementType type() {
        return source.x().type();
    }

    /** {@return what the layers compute with} */
    public Compute compute() {
        return compute;
    }

    /** The values, smoothed if there is a smoothing: [tokens, in], then in F32. */
    Tensor smoothed(Optional<Smoothing> by) {
        return by.map(smoothing -> smoothed.computeIfAbsent(smoothing, s -> s.apply(values()))).orElseGet(this::values);
    }

    /** The values, smoothed, rotated and quantized. */
    QuantizedRows quantized(InputBasis by) {
        ActivationScheme scheme = compute.activations().of(by.rule());
        return quantized.computeIfAbsent(by, _ -> by.smoothing().isEmpty() && values.isEmpty()
                ? source.quantized(compute.kernels(), by.rotation(), scheme)
                : compute.kernels().quantize(smoothed(by.smoothing()), by.rotation(), scheme));
    }

    /** What the quantized values stand for, [tokens, in], of the type of the values. */
    Tensor emulated(InputBasis by) {
        return emulated.computeIfAbsent(by, _ -> compute.kernels()
                .emulate(smoothed(by.smoothing()), by.rotation(), compute.activations().of(by.rule())).to(type()));
    }
}
