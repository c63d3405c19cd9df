package dvdquant.evaluate.lpips;

import dvdquant.core.InputException;
import dvdquant.core.video.Video;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Learned perceptual distance of a frame, 0 for equal frames: LPIPS v0.1 over AlexNet. The features after each of its five ReLUs
 * are normalized over the channels at every place; their squared differences, weighted by channel, are averaged over the places
 * and added up. Values on [−1, 1], in F32. (TeaCache's evaluation scales the maps up to the frame before it averages, which gives
 * slightly other numbers.)
 *
 * <p>Its weights are not part of this program. Owns those it is given; to be used by one thread at a time.
 *
 * @see <a href="https://github.com/richzhang/PerceptualSimilarity">PerceptualSimilarity, lpips/lpips.py, LPIPS</a>
 */
public final class Lpips implements AutoCloseable {
    // Mean and deviation of photographs by color: lpips.py, ScalingLayer.
    private static final double[] SHIFT = {-0.030, -0.088, -0.188};
    private static final double[] SCALE = {0.458, 0.448, 0.450};
    /** Of the length that a place's features are divided by: lpips/__init__.py, normalize_tensor. */
    private static final double EPSILON = 1e-10;
    /** Smaller frames leave nothing after the second pooling. */
    private static final int SMALLEST = 31;

    private final WeightLoader weights;
    private final TensorScope.Sealed tensors;
    private final List<AlexNetLayer> layers;

    private Lpips(WeightLoader weights, LpipsNames names) {
        this.weights = weights;
        try (var scope = TensorScope.open()) {
            this.layers = AlexNetLayer.load(weights, names);
            this.tensors = scope.seal();
        }
    }

    /**
     * @param file safetensors with AlexNet's convolutions and the five weightings, named as {@link LpipsNames} says
     * @throws InputException if it cannot be read, a tensor is missing or has another shape, or a weight is NaN or infinite
     */
    public static Lpips open(Path file) {
        LpipsNames names = LpipsNames.of(file);
        WeightLoader weights = WeightLoader.openFile(file, names.layout());
        try {
            return new Lpips(weights, names);
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /**
     * @return a value a frame, in order; smaller is better
     * @throws InputException if the clips differ in length or size, or their frames are under 31 pixels high or wide
     */
    public List<Double> of(Video clip, Video reference) {
        clip.requireSameSize(reference);
        if (Math.min(clip.width(), clip.height()) < SMALLEST) {
            throw new InputException("LPIPS needs frames of " + SMALLEST + "×" + SMALLEST
                    + " pixels or more, these are " + clip.width() + "×" + clip.height());
        }
        var values = new ArrayList<Double>();
        for (int i = 0; i < clip.frames().size(); i++) {
            try (var _ = TensorScope.open()) {
                values.add(distance(input(clip, i), input(reference, i)));
            }
        }
        return List.copyOf(values);
    }

    /** @return [1, 3, 1, height, width] */
    private static Tensor input(Video clip, int index) {
        byte[] frame = clip.frames().get(index);
        int pixels = clip.width() * clip.height();
        var values = new float[frame.length];
        for (int i = 0; i < frame.length; i++) {
            int color = i / pixels;
            double value = (frame[3 * (i % pixels) + color] & 0xff) / 127.5 - 1;
            values[i] = (float) ((value - SHIFT[color]) / SCALE[color]);
        }
        return Tensor.ofFloats(values, 1, 3, 1, clip.height(), clip.width());
    }

    private double distance(Tensor a, Tensor b) {
        double sum = 0;
        for (AlexNetLayer layer : layers) {
            a = layer.forward(a);
            b = layer.forward(b);
            Tensor difference = normalized(a).subtract(normalized(b)); // [1, channels, 1, h, w]
            float[] weighted = difference.multiply(difference).multiply(layer.weighting()).toFloats();
            sum += sum(weighted) / (a.dim(3) * a.dim(4));
        }
        return sum;
    }

    private static Tensor normalized(Tensor x) {
        return x.divide(x.norm(1).add(EPSILON));
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    @Override
    public void close() {
        tensors.close();
        weights.close();
    }
}
