package dvdquant.tensor;

import java.util.List;
import java.util.stream.LongStream;

/**
 * {@link Convolution} by libtorch's operations, one after the other.
 *
 * @param weight [out, in, frames, height, width]
 * @param bias [out]
 */
record LibtorchConvolution(Shape shape, Tensor weight, Tensor bias) implements Convolution {
    @Override
    public Tensor apply(Input input) {
        long padding = shape.pixelStride() == 1 && !input.edged() ? shape.size() / 2 : 0;
        var stride = new long[]{shape.frameStride(), shape.pixelStride(), shape.pixelStride()};
        return TensorScope.fold(input.x(), List.<Step>of(
                x -> withHistory(x, input),
                x -> activated(x, input.activation(), x != input.x()),
                x -> input.repeats() == Repeats.CLIP ? withLaterFramesTwice(x, x.dim(2) - input.x().dim(2)) : x,
                x -> input.repeats() == Repeats.NONE ? x : x.upsampleNearest(2),
                x -> padded(x, input),
                x -> x.conv3d(weight, bias, stride, new long[]{0, padding, padding})),
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
        return input.absent() == 0 || input.edged() ? x : x.pad(0, 0, 0, 0, input.absent(), 0);
    }

    private static Tensor activated(Tensor x, Activation activation, boolean inPlace) {
        return switch (activation) {
            case null -> x;
            case Activation.Normed(Tensor gain) -> normed(x, gain, inPlace);
            case Activation.Scaled(Tensor gain, Tensor offset) -> (inPlace ? x.multiplyInPlace(gain) : x.multiply(gain))
                    .addInPlace(offset).siluInPlace();
        };
    }

    private static Tensor normed(Tensor x, Tensor gain, boolean inPlace) {
        try (var scope = TensorScope.open()) {
            Tensor norm = x.norm(1).clamp(Activation.Normed.SMALLEST_NORM, Double.POSITIVE_INFINITY); // [1, 1, frames, height, width]
            Tensor normed = inPlace ? x.divideInPlace(norm) : scope.keep(x.divide(norm));
            return normed.multiplyInPlace(gain).siluInPlace();
        }
    }

    /** @param history frames that stay as they are, as the first one after them does */
    private static Tensor withLaterFramesTwice(Tensor x, long history) {
        try (var scope = TensorScope.open()) {
            long[] frames = LongStream.concat(LongStream.rangeClosed(0, history),
                    LongStream.range(history + 1, x.dim(2)).flatMap(frame -> LongStream.of(frame, frame))).toArray();
            return scope.keep(x.indexSelect(2, Tensor.ofLongs(frames, frames.length).to(x.device())));
        }
    }

    private Tensor padded(Tensor x, Input input) {
        if (!input.edged()) return shape.pixelStride() == 1 ? x : x.pad(0, 1, 0, 1);
        long margin = shape.size() / 2;
        long front = input.before() == null ? input.absent() : 0;
        return margin + front == 0 ? x : x.padReplicated(margin, margin, margin, margin, front, 0);
    }
}
