package dvdquant.measure.block;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Linear;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Random layers, for benchmarks: a tensor's values depend on the seed and its name only, so that blocks of several types and formats
 * have the same weights. Tensors are those of the caller's scope.
 *
 * @param type of the linears' weights and biases
 * @param device where the tensors are
 * @param form made of each linear
 */
record RandomLayers(long seed, ElementType type, Device device, Form form) implements LayerSource {
    /** Of what stands around the products; weights keep the variance of what they multiply. */
    private static final double DEVIATION = 0.02;

    /** What a layer in full precision becomes. */
    @FunctionalInterface
    interface Form {
        Linear of(String name, Linear.Dense layer);
    }

    /** In full precision. */
    static RandomLayers dense(long seed, ElementType type, Device device) {
        return new RandomLayers(seed, type, device, (_, layer) -> layer);
    }

    RandomLayers withType(ElementType of) {
        return new RandomLayers(seed, of, device, form);
    }

    RandomLayers withForm(Form of) {
        return new RandomLayers(seed, type, device, of);
    }

    @Override
    public Linear linear(String name, long out, long in) {
        return form.of(name, new Linear.Dense(weight(name, out, in), bias(name, out)));
    }

    @Override
    public Linear modulation(String name, long out, long in) {
        return linear(name, out, in);
    }

    @Override
    public Linear preciseLinear(String name, long out, long in) {
        return withType(ElementType.F32).linear(name, out, in);
    }

    @Override
    public Linear matrix(String name, long out, long in) {
        return new Linear.Dense(weight(name, out, in), null);
    }

    @Override
    public Linear biased(String name, long out, long in) {
        return new Linear.Dense(weight(name, out, in), bias(name, out));
    }

    @Override
    public Linear patches(String name, long... dims) {
        return linear(name, dims[0], Arrays.stream(dims).skip(1).reduce(1, Math::multiplyExact));
    }

    /** The gain of a norm is near 1. */
    @Override
    public Tensor precise(String name, Shape shape, long... dims) {
        try (var scope = TensorScope.open()) {
            Tensor values = tensor(name, DEVIATION, ElementType.F32, shape.dims());
            boolean gain = name.contains("norm") && name.equals(TensorLayout.weightOf(name.replace(".weight", "")));
            return scope.keep(gain ? values.add(1) : values);
        }
    }

    @Override
    public Tensor made(Supplier<Tensor> tensor) {
        return tensor.get().to(device);
    }

    private Tensor weight(String name, long out, long in) {
        return tensor(TensorLayout.weightOf(name), 1 / Math.sqrt(in), type, out, in);
    }

    private Tensor bias(String name, long out) {
        return tensor(TensorLayout.biasOf(name), DEVIATION, type, out);
    }

    /** Normally distributed values. */
    Tensor tensor(String name, double deviation, ElementType to, long... dims) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.randn(31 * seed + name.hashCode(), dims).to(device).multiply(deviation).to(to));
        }
    }
}
