package dvdquant.models.nn;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.tensor.Tensor;

import java.util.function.Supplier;

/**
 * Where the walk through a model's layers gets them from, by the names and the shapes that they must have: the same walk lists a
 * checkpoint's tensors ({@link Listed}) and loads them ({@link LayerLoader}, {@link EightBitLayers}).
 */
public interface LayerSource {
    /**
     * {@return {@code name.weight}, [out, in], and {@code name.bias}, or what stands for them in a quantized model}
     *
     * @param name of the layer
     * @param out outputs
     * @param in inputs
     */
    Linear linear(String name, long out, long in);

    /**
     * {@return such a layer that reads one row a forward: weights that are quantized alone stay packed, for they are read
     * once whatever they rest as}
     *
     * @param name of the layer
     * @param out outputs
     * @param in inputs
     */
    Linear modulation(String name, long out, long in);

    /**
     * {@return {@link #linear} in F32, whatever the model computes in}
     *
     * @param name of the layer
     * @param out outputs
     * @param in inputs
     */
    Linear preciseLinear(String name, long out, long in);

    /**
     * {@return {@code name.weight}, [out, in], without a bias, or what stands for it in a quantized model} In full
     * precision it goes with the scope in which it is loaded.
     *
     * @param name of the layer
     * @param out outputs
     * @param in inputs
     */
    Linear matrix(String name, long out, long in);

    /**
     * {@return such a matrix with {@code name.bias}, [out]}
     *
     * @param name of the layer
     * @param out outputs
     * @param in inputs
     */
    Linear biased(String name, long out, long in);

    /**
     * {@return a convolution whose stride is its size, as a layer: {@code name.weight} and {@code name.bias}}
     *
     * @param dims [out, in, …] of the weight
     * @param name of the layer
     */
    Linear patches(String name, long... dims);

    /**
     * {@return a tensor that is no layer's, in F32, whatever the model computes in}
     *
     * @param name in the checkpoint
     * @param shape that it is given, in place of its own
     * @param dims its own shape
     */
    Tensor precise(String name, Shape shape, long... dims);

    /**
     * {@return such a tensor in its own shape}
     *
     * @param name in the checkpoint
     * @param dims its shape
     */
    default Tensor precise(String name, long... dims) {
        return precise(name, Shape.of(dims), dims);
    }

    /**
     * {@return a tensor that is no part of the checkpoint, on the device}
     *
     * @param tensor makes it in the host's memory; not called where nothing is loaded
     */
    Tensor made(Supplier<Tensor> tensor);

    /**
     * Notes names and shapes; the layers of such a walk are null, and thrown away.
     *
     * @param layout takes what the walk asks for
     */
    record Listed(TensorLayout layout) implements LayerSource {
        @Override
        public Linear linear(String name, long out, long in) {
            layout.linear(name, out, in);
            return null;
        }

        @Override
        public Linear modulation(String name, long out, long in) {
            return linear(name, out, in);
        }

        @Override
        public Linear preciseLinear(String name, long out, long in) {
            return linear(name, out, in);
        }

        @Override
        public Linear matrix(String name, long out, long in) {
            layout.tensor(TensorLayout.weightOf(name), out, in);
            return null;
        }

        @Override
        public Linear biased(String name, long out, long in) {
            return linear(name, out, in);
        }

        @Override
        public Linear patches(String name, long... dims) {
            layout.tensor(TensorLayout.weightOf(name), dims).tensor(TensorLayout.biasOf(name), dims[0]);
            return null;
        }

        @Override
        public Tensor precise(String name, Shape shape, long... dims) {
            layout.tensor(name, dims);
            return null;
        }

        @Override
        public Tensor made(Supplier<Tensor> tensor) {
            return null;
        }
    }
}
