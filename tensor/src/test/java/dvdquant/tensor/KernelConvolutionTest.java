package dvdquant.tensor;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Convolution.Shape;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Convolutions of the CPU's kernels, and of libtorch's operations, against sums in double. */
@NoLeaks
class KernelConvolutionTest {
    /**
     * @param before frames before the input's; {@code given}: not zeros
     * @param normed whether pixels are normed and activated, as {@code doubled} whether they are repeated
     */
    record Case(Shape shape, int before, boolean given, int frames, int height, int width, boolean normed,
            boolean doubled, boolean edged) {
        Case(Shape shape, int before, boolean given, int frames, int height, int width, boolean normed,
                boolean doubled) {
            this(shape, before, given, frames, height, width, normed, doubled, false);
        }

        Case withEdges() {
            return new Case(shape, before, given, frames, height, width, normed, doubled, true);
        }

        float[] input() {
            return Seeds.gaussian(1, shape.in() * (before + frames) * height * width);
        }

        float[] weight() {
            return Seeds.gaussian(2, shape.out() * shape.in() * shape.frames() * shape.size() * shape.size());
        }

        float[] bias() {
            return Seeds.gaussian(3, shape.out());
        }

        float[] gain() {
            return Seeds.gaussian(4, shape.in());
        }
    }

    static Stream<Arguments> cases() {
        var spatial = new Shape(16, 32, 3, 3, 1, 1);
        return Stream.of(
                new Case(spatial, 2, true, 4, 10, 12, true, false),
                new Case(spatial, 2, false, 1, 10, 12, true, false),
                new Case(new Shape(24, 40, 3, 3, 1, 1), 2, true, 9, 7, 5, true, false),
                new Case(new Shape(3, 17, 3, 3, 1, 1), 2, false, 4, 1, 1, false, false),
                new Case(new Shape(50, 3, 3, 3, 1, 1), 2, true, 2, 33, 70, true, false),
                new Case(new Shape(32, 16, 1, 3, 1, 1), 0, false, 4, 5, 9, false, true),
                new Case(new Shape(20, 20, 1, 3, 1, 2), 0, false, 3, 8, 14, false, false),
                new Case(new Shape(16, 16, 3, 1, 2, 1), 1, true, 4, 6, 9, false, false),
                new Case(new Shape(33, 66, 3, 1, 1, 1), 2, true, 2, 5, 4, false, false),
                new Case(new Shape(5, 7, 1, 1, 1, 1), 0, false, 3, 40, 31, false, false))
                .flatMap(c -> Stream.of(c, c.withEdges())).map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheSumOfProducts(Case c) {
        float[] expected = reference(c);
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            Tensor weight = Tensor.ofFloats(c.weight(), c.shape.out(), c.shape.in(), c.shape.frames(), c.shape.size(),
                    c.shape.size());
            Tensor bias = Tensor.ofFloats(c.bias(), c.shape.out());
            check(device.kernels().convolution(c.shape, () -> weight, bias), c, expected);
            check(new LibtorchConvolution(c.shape, weight.channelsLast3d(), bias), c, expected);
        }
    }

    private static void check(Convolution convolution, Case c, float[] expected) {
        Tensor all = Tensor.ofFloats(c.input(), 1, c.shape.in(), c.before + c.frames, c.height, c.width);
        Tensor x = all.narrow(2, c.before, c.frames).channelsLast3d();
        Tensor before = c.given ? all.narrow(2, 0, c.before).channelsLast3d() : null;
        Tensor gain = c.normed ? Tensor.ofFloats(c.gain(), 1, c.shape.in(), 1, 1, 1) : null;
        var input = new Input(x, before, c.before, gain, c.doubled, c.edged);

        Tensor y = convolution.apply(input);

        assertThat(RelativeError.of(y.toFloats(), expected)).isLessThan(1e-6);
        Tensor twice = convolution.addTo(y, input);
        assertThat(twice).isSameAs(y);
        assertThat(RelativeError.of(twice.multiply(0.5).toFloats(), expected)).isLessThan(1e-6);
    }

    private static float[] reference(Case c) {
        Shape shape = c.shape;
        double[] x = seen(c);
        int frames = (c.before + c.frames - shape.frames()) / shape.frameStride() + 1;
        int height = c.height * (c.doubled ? 2 : 1);
        int width = c.width * (c.doubled ? 2 : 1);
        int margin = shape.pixelStride() == 1 ? shape.size() / 2 : 0;
        float[] weight = c.weight();
        float[] bias = c.bias();
        var y = new float[shape.out() * frames * (height / shape.pixelStride()) * (width / shape.pixelStride())];
        int i = 0;
        for (int out = 0; out < shape.out(); out++) {
            for (int f = 0; f < frames; f++) {
                for (int row = 0; row < height / shape.pixelStride(); row++) {
                    for (int column = 0; column < width / shape.pixelStride(); column++) {
                        double sum = bias[out];
                        int k = out * (weight.length / shape.out());
                        for (int in = 0; in < shape.in(); in++) {
                            for (int t = 0; t < shape.frames(); t++) {
                                for (int s = 0; s < shape.size() * shape.size(); s++, k++) {
                                    int a = row * shape.pixelStride() + s / shape.size() - margin;
                                    int b = column * shape.pixelStride() + s % shape.size() - margin;
                                    if (c.edged && margin > 0) {
                                        a = Math.clamp(a, 0, height - 1);
                                        b = Math.clamp(b, 0, width - 1);
                                    }
                                    if (a < 0 || b < 0 || a >= height || b >= width) continue;
                                    int frame = f * shape.frameStride() + t;
                                    sum += weight[k]
                                            * x[((in * (c.before + c.frames) + frame) * height + a) * width + b];
                                }
                            }
                        }
                        y[i++] = (float) sum;
                    }
                }
            }
        }
        return y;
    }

    /** The input as the convolution sees it. */
    private static double[] seen(Case c) {
        int factor = c.doubled ? 2 : 1;
        int in = c.shape.in();
        int pixels = (c.before + c.frames) * c.height * c.width;
        float[] x = c.input();
        float[] gain = c.gain();
        var seen = new double[in * pixels * factor * factor];
        for (int pixel = 0; pixel < pixels; pixel++) {
            boolean zero = !c.given && pixel < c.before * c.height * c.width;
            double squares = 0;
            for (int channel = 0; channel < in; channel++) {
                squares += Math.pow(zero ? 0 : x[channel * pixels + pixel], 2);
            }
            int line = pixel / c.width;
            for (int channel = 0; channel < in; channel++) {
                double value = zero ? 0 : x[channel * pixels + pixel];
                if (c.normed && !zero) {
                    value *= gain[channel] / Math.sqrt(squares);
                    value /= 1 + Math.exp(-value);
                }
                for (int copy = 0; copy < factor * factor; copy++) {
                    int row = line * factor + copy / factor;
                    int column = pixel % c.width * factor + copy % factor;
                    seen[channel * pixels * factor * factor + row * c.width * factor + column] = value;
                }
            }
        }
        return seen;
    }
}
