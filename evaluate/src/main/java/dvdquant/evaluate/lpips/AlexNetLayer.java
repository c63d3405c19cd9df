package dvdquant.evaluate.lpips;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * One of AlexNet's five convolutions, with the pooling before it and the ReLU after it.
 *
 * @param kernel [out, in, 1, size, size]
 * @param bias [out]
 * @param weighting of the channels of its output in LPIPS, [1, out, 1, 1, 1]
 * @see <a href="https://github.com/pytorch/vision">torchvision, models/alexnet.py, AlexNet.features</a>
 */
record AlexNetLayer(Shape shape, Tensor kernel, Tensor bias, Tensor weighting) {
    /**
     * What does not come from the file.
     *
     * @param index in torchvision's {@code features}
     * @param pooled whether the largest of 3×3, every second place, goes into the convolution
     */
    record Shape(int index, int in, int out, int size, int stride, int padding, boolean pooled) {}

    static final List<Shape> SHAPES = List.of(
            new Shape(0, 3, 64, 11, 4, 2, false),
            new Shape(3, 64, 192, 5, 1, 2, true),
            new Shape(6, 192, 384, 3, 1, 1, true),
            new Shape(8, 384, 256, 3, 1, 1, false),
            new Shape(10, 256, 256, 3, 1, 1, false));

    /** Loads the five layers into the caller's scope. */
    static List<AlexNetLayer> load(WeightLoader weights, LpipsNames names) {
        var layers = new ArrayList<AlexNetLayer>();
        for (int i = 0; i < SHAPES.size(); i++) {
            Shape shape = SHAPES.get(i);
            Tensor kernel = weights.get(TensorLayout.weightOf(names.conv(i)), ElementType.F32);
            layers.add(new AlexNetLayer(shape,
                    kernel.reshape(shape.out, shape.in, 1, shape.size, shape.size),
                    weights.get(TensorLayout.biasOf(names.conv(i)), ElementType.F32),
                    weights.get(names.weighting(i), ElementType.F32).reshape(1, shape.out, 1, 1, 1)));
        }
        return List.copyOf(layers);
    }

    /** @param x [1, in, 1, height, width]; @return [1, out, 1, h, w] */
    Tensor forward(Tensor x) {
        Tensor input = shape.pooled ? x.maxPool(3, 2) : x;
        long[] stride = {1, shape.stride, shape.stride};
        return input.conv3d(kernel, bias, stride, new long[]{0, shape.padding, shape.padding}).relu();
    }
}
