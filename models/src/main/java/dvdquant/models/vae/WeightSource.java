package dvdquant.models.vae;

import dvdquant.core.format.ElementType;
import dvdquant.models.weights.TensorLayout;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** Where the walk gets its tensors from, by name and the shape they must have. */
sealed interface WeightSource {
    /** @param dims [out, in, height, width], or with frames before height; @return [out, in, frames, height, width] */
    Tensor kernel(String name, long... dims);

    Tensor bias(String name, long channels);

    /** @param dims [channels, 1, …]; @return gamma · √channels, [1, channels, 1, 1, 1] */
    Tensor gain(String name, long... dims);

    /** Notes names and shapes; the layers of such a walk hold no tensors and are thrown away. */
    record Listed(TensorLayout layout) implements WeightSource {
        @Override
        public Tensor kernel(String name, long... dims) {
            layout.tensor(name, dims);
            return null;
        }

        @Override
        public Tensor bias(String name, long channels) {
            return kernel(name, channels);
        }

        @Override
        public Tensor gain(String name, long... dims) {
            return kernel(name, dims);
        }
    }

    /** Loads, in F32; the loader has checked the shapes. */
    record Loaded(WeightLoader weights, Device device) implements WeightSource {
        @Override
        public Tensor kernel(String name, long... dims) {
            try (var scope = TensorScope.open()) {
                Tensor stored = weights.get(name, ElementType.F32);
                Tensor kernel = dims.length == 5 ? stored : stored.reshape(dims[0], dims[1], 1, dims[2], dims[3]);
                Tensor copy = scope.keep(kernel.to(device).channelsLast3d().copy());
                weights.release(name);
                return copy;
            }
        }

        @Override
        public Tensor bias(String name, long channels) {
            return weights.get(name, ElementType.F32, device);
        }

        @Override
        public Tensor gain(String name, long... dims) {
            try (var scope = TensorScope.open()) {
                Tensor gamma = weights.get(name, ElementType.F32).reshape(1, dims[0], 1, 1, 1);
                return scope.keep(gamma.to(device).multiply(Math.sqrt(dims[0])));
            }
        }
    }
}
