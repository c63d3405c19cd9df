package dvdquant.models.wan.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Convolution.Shape;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.concurrent.atomic.AtomicLong;

/** Where the walk gets its tensors from, by name and the shape they must have. */
sealed interface WeightSource {
    /**
     * The convolution of {@code name.weight} and {@code name.bias}.
     *
     * @param dims [out, in, height, width], or with frames before height
     */
    Convolution conv(String name, int frameStride, int pixelStride, long... dims);

    /**
     * @param dims [channels, 1, …]
     * @return gamma · √channels, [1, channels, 1, 1, 1]
     */
    Tensor gain(String name, long... dims);

    private static Shape shape(int frameStride, int pixelStride, long... dims) {
        int frames = dims.length == 5 ? (int) dims[2] : 1;
        return new Shape((int) dims[1], (int) dims[0], frames, (int) dims[dims.length - 1], frameStride, pixelStride);
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
        public Tensor gain(String name, long... dims) {
            layout.tensor(name, dims);
            return null;
        }
    }

    /** Adds up the memory that layers take with some kernels; the layers of such a walk hold no tensors and are thrown away. */
    record Counted(Kernels kernels, AtomicLong kept, AtomicLong scratch) implements WeightSource {
        Counted(Kernels kernels) {
            this(kernels, new AtomicLong(), new AtomicLong());
        }

        /** Bytes of the weights, and of what one layer after the other needs besides its input and its result. */
        long bytes() {
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
        public Tensor gain(String name, long... dims) {
            kept.addAndGet(4 * dims[0]);
            return null;
        }
    }

    /** Loads, in F32; the loader has checked the shapes. */
    record Loaded(WeightLoader weights, Kernels kernels) implements WeightSource {
        @Override
        public Convolution conv(String name, int frameStride, int pixelStride, long... dims) {
            Tensor bias = weights.get(TensorLayout.biasOf(name), ElementType.F32, kernels.device());
            return kernels.convolution(shape(frameStride, pixelStride, dims),
                    () -> kernel(TensorLayout.weightOf(name), dims),
                    bias);
        }

        /** [out, in, frames, height, width], with the input channels side by side. */
        private Tensor kernel(String name, long... dims) {
            try (var scope = TensorScope.open()) {
                Tensor stored = weights.get(name, ElementType.F32);
                Tensor kernel = dims.length == 5 ? stored : stored.reshape(dims[0], dims[1], 1, dims[2], dims[3]);
                Tensor copy = scope.keep(kernel.to(kernels.device()).channelsLast3d().copy());
                weights.release(name);
                return copy;
            }
        }

        @Override
        public Tensor gain(String name, long... dims) {
            try (var scope = TensorScope.open()) {
                Tensor gamma = weights.get(name, ElementType.F32).reshape(1, dims[0], 1, 1, 1);
                return scope.keep(gamma.to(kernels.device()).multiply(Math.sqrt(dims[0])));
            }
        }
    }
}
