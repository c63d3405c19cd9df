package dvdquant.models.nn;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.tensor.Tensor;

import java.util.function.Supplier;

/**
 * Where the walk through a model's layers gets them from, by the names and the shapes that they must have: the same walk lists a
 * checkpoint's tensors ({@link Listed}) and loads them ({@link LayerLoader}).
 */
public sealed interface LayerSource permits LayerSource.Listed, LayerLoader {
    /** {@code name.weight}, [out, in], and {@code name.bias}, or what stands for them in a quantized model. */
    Linear linear(String name, long out, long in);

    /** The same in F32, whatever the model computes in. */
    Linear preciseLinear(String name, long out, long in);

    /**
     * {@code name.weight}, [out, in], without a bias, or what stands for it in a quantized model. In full precision it goes with the scope in
     * which it is loaded.
     */
    Linear matrix(String name, long out, long in);

    /** The same with {@code name.bias}, [out]. */
    Linear biased(String name, long out, long in);

    /**
     * A convolution whose stride is its size, as a layer: {@code name.weight} and {@code name.bias}.
     *
     * @param dims [out, in, …] of the weight
     */
    Linear patches(String name, long... dims);

    /**
     * A tensor that is no layer's, in F32, whatever the model computes in.
     *
     * @param shape that it is given, in place of its own
     */
    Tensor precise(String name, Shape shape, long... dims);

    /** The same in its own shape. */
    default Tensor precise(String name, long... dims) {
        return precise(name, Shape.of(dims), dims);
    }

    /** A tensor that is no part of the checkpoint. */
    Tensor made(Supplier<Tensor> tensor);

    /** Notes names and shapes; the layers of such a walk are null, and thrown away. */
    record Listed(TensorLayout layout) implements LayerSource {
        @Override
        public Linear linear(String name, long out, long in) {
            layout.linear(name, out, in);
            return null;
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
