package dvdquant.tensor;

import java.util.List;

/**
 * {@link Convolution} by libtorch's operations, one after the other.
 *
 * @param weight [out, in, frames, height, width]
 * @param bias [out]
 */
record LibtorchConvolution(Shape shape, Tensor weight, Tensor bias) implements Convolution {
    @Override
    public Tensor apply(Input input) {
        boolean whole = shape.pixelStride() == 1;
        long padding = whole ? shape.size() / 2 : 0;
        boolean repeats = whole && input.edged() && padding > 0;
        var stride = new long[]{shape.frameStride(), shape.pixelStride(), shape.pixelStride()};
        return TensorScope.fold(input.x(), List.<Step>of(
                x -> withHistory(x, input),
                x -> input.gain() == null ? x : activated(x, input.gain(), x != input.x()),
                x -> input.doubled() ? x.upsampleNearest(2) : x,
                x -> whole ? x : x.pad(0, 1, 0, 1),
                x -> repeats ? x.padReplicated(padding, padding, padding, padding, 0, 0) : x,
                x -> x.conv3d(weight, bias, stride,
                        repeats ? new long[]{0, 0, 0} : new long[]{0, padding, padding})),
                (x, step) -> step.of(x));
    }

    @Override
    public Tensor addTo(Tensor onto, Input input) {
        try (var _ = TensorScope.open()) {
            return onto.addInPlace(apply(input));
        }
    }

    @FunctionalInterface
    private interface Step {
        Tensor of(Tensor x);
    }

    private static Tensor withHistory(Tensor x, Input input) {
        if (input.before() != null) return Tensor.cat(List.of(input.before(), x), 2);
        return input.zeros() == 0 ? x : x.pad(0, 0, 0, 0, input.zeros(), 0);
    }

    private static Tensor activated(Tensor x, Tensor gain, boolean inPlace) {
        try (var scope = TensorScope.open()) {
            Tensor norm = x.norm(1).clamp(Input.SMALLEST_NORM, Double.POSITIVE_INFINITY); // [1, 1, frames, height, width]
            Tensor normed = inPlace ? x.divideInPlace(norm) : scope.keep(x.divide(norm));
            return normed.multiplyInPlace(gain).siluInPlace();
        }
    }
}
