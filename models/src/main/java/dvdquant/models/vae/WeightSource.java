package dvdquant.models.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Convolution.Shape;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Where the walk over an autoencoder's layers gets their tensors from, by name and the shape they must have. */
public sealed interface WeightSource {
    /**
     * The convolution of {@code name.weight} and {@code name.bias}.
     *
     * @param dims [out, in], [out, in, height, width], or with frames before height
     */
    Convolution conv(String name, int frameStride, int pixelStride, long... dims);

    /** @param of what a layer keeps of the tensor, as large as that */
    Tensor tensor(String name, UnaryOperator<Tensor> of, long... dims);

    private static Shape shape(int frameStride, int pixelStride, long... dims) {
        int frames = dims.length == 5 ? (int) dims[2] : 1;
        int size = dims.length == 2 ? 1 : (int) dims[dims.length - 1];
        return new Shape((int) dims[1], (int) dims[0], frames, size, frameStride, pixelStride);
    }

    /** Notes names and shapes; the layers of such a walk hold no tensors and are thrown away. */
    record Listed(TensorLayout layout) implements WeightSource {
        @Override
        public Convolution conv(String name, int frameStride, int pixelStride, long... dims) {
            layout.tensor(TensorLayout.weightOf(name), dims);
            layout.tensor(TensorLayout.biasOf(name), dims[0]);
            return null;
        }

        @Override
        public Tensor tensor(String name, UnaryOperator<Tensor> of, long... dims) {
            layout.tensor(name, dims);
            return null;
        }
    }

    /** Adds up the memory that layers take with some kernels; the layers of such a walk hold no tensors and are thrown away. */
    record Counted(Kernels kernels, AtomicLong kept, AtomicLong scratch) implements WeightSource {
        public Counted(Kernels kernels) {
            this(kernels, new AtomicLong(), new AtomicLong());
        }

        /** Bytes of the weights, and of what one layer after the other needs besides its input and its result. */
        public long bytes() {
            return kept.get() + scratch.get();
        }

        @Override
        public Convolution conv(String name, int frameStride, int pixelStride, long... dims) {
            Shape shape = shape(frameStride, pixelStride, dims);
            kept.addAndGet(kernels.convolutionBytes(shape));
            scratch.accumulateAndGet(kernels.convolutionScratchBytes(shape), Math::max);
            return null;
        }

        @Override
        public Tensor tensor(String name, UnaryOperator<Tensor> of, long... dims) {
            kept.addAndGet(Float.BYTES * dvdquant.core.format.Shape.of(dims).elements());
            return null;
        }
    }

    /** Loads, in F32; the loader has checked the shapes. */
    record Loaded(WeightLoader weights, Kernels kernels) implements WeightSource {
        @Override
        public Convolution conv(String name, int frameStride, int pixelStride, long... dims) {
            Tensor bias = weights.get(TensorLayout.biasOf(name), ElementType.F32, kernels.device());
            Shape shape = shape(frameStride, pixelStride, dims);
            return kernels.convolution(shape, () -> kernel(TensorLayout.weightOf(name), shape), bias);
        }

        /** [out, in, frames, height, width], with the input channels side by side. */
        private Tensor kernel(String name, Shape shape) {
            try (var scope = TensorScope.open()) {
                Tensor kernel = weights.get(name, ElementType.F32).reshape(shape.out(), shape.in(), shape.frames(),
                        shape.size(), shape.size());
                Tensor copy = scope.keep(kernel.to(kernels.device()).channelsLast3d().copy());
                weights.release(name);
                return copy;
            }
        }

        @Override
        public Tensor tensor(String name, UnaryOperator<Tensor> of, long... dims) {
            try (var scope = TensorScope.open()) {
                return scope.keep(of.apply(weights.get(name, ElementType.F32, kernels.device())));
            }
        }
    }
}
