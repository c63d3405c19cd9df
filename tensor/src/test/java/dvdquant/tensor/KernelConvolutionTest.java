package dvdquant.tensor;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.Convolution.Activation;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Convolution.Repeats;
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
     * @param before frames before the input's; {@code given}: neither zeros nor its first again
     */
    record Case(Shape shape, int before, boolean given, int frames, int height, int width, Pixel pixel,
            Repeats repeats, boolean edged) {
        Case(Shape shape, int before, boolean given, int frames, int height, int width, Pixel pixel,
                Repeats repeats) {
            this(shape, before, given, frames, height, width, pixel, repeats, false);
        }

        Case withEdges() {
            return new Case(shape, before, given, frames, height, width, pixel, repeats, true);
        }

        Case scaled() {
            return new Case(shape, before, given, frames, height, width, Pixel.SCALED, repeats, edged);
        }

        Case ofClipTwice() {
            return new Case(shape, before, given, frames, height, width, pixel, Repeats.CLIP, edged);
        }

        /** Frames that are seen after those before. */
        int framesSeen() {
            return repeats == Repeats.CLIP ? 2 * frames - 1 : frames;
        }

        int factor() {
            return repeats == Repeats.NONE ? 1 : 2;
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

        float[] offset() {
            return Seeds.gaussian(5, shape.in());
        }

        Activation activation() {
            Tensor gain = Tensor.ofFloats(gain(), 1, shape.in(), 1, 1, 1);
            return switch (pixel) {
                case AS_IT_IS -> null;
                case NORMED -> new Activation.Normed(gain);
                case SCALED -> new Activation.Scaled(gain, Tensor.ofFloats(offset(), 1, shape.in(), 1, 1, 1));
            };
        }
    }

    /** What is done to a pixel before. */
    enum Pixel {
        AS_IT_IS,
        NORMED,
        SCALED
    }

    static Stream<Arguments> cases() {
        var spatial = new Shape(16, 32, 3, 3, 1, 1);
        return Stream.of(
                new Case(spatial, 2, true, 4, 10, 12, Pixel.NORMED, Repeats.NONE),
                new Case(spatial, 2, false, 1, 10, 12, Pixel.NORMED, Repeats.NONE),
                new Case(new Shape(24, 40, 3, 3, 1, 1), 2, true, 9, 7, 5, Pixel.NORMED, Repeats.NONE),
                new Case(new Shape(3, 17, 3, 3, 1, 1), 2, false, 4, 1, 1, Pixel.AS_IT_IS, Repeats.NONE),
                new Case(new Shape(50, 3, 3, 3, 1, 1), 2, true, 2, 33, 70, Pixel.NORMED, Repeats.NONE),
                new Case(new Shape(32, 16, 1, 3, 1, 1), 0, false, 4, 5, 9, Pixel.AS_IT_IS, Repeats.PIXELS),
                new Case(new Shape(20, 20, 1, 3, 1, 2), 0, false, 3, 8, 14, Pixel.AS_IT_IS, Repeats.NONE),
                new Case(new Shape(16, 16, 3, 1, 2, 1), 1, true, 4, 6, 9, Pixel.AS_IT_IS, Repeats.NONE),
                new Case(new Shape(33, 66, 3, 1, 1, 1), 2, true, 2, 5, 4, Pixel.AS_IT_IS, Repeats.NONE),
                new Case(new Shape(5, 7, 1, 1, 1, 1), 0, false, 3, 40, 31, Pixel.AS_IT_IS, Repeats.NONE))
                .flatMap(c -> Stream.of(c, c.withEdges(), c.withEdges().scaled(), c.ofClipTwice(),
                        c.withEdges().ofClipTwice().scaled()))
                .map(Arguments::of);
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
        var input = new Input(x, before, c.before, c.activation(), c.repeats, c.edged);

        Tensor y = convolution.apply(input);

        assertThat(RelativeError.of(y.toFloats(), expected)).isLessThan(1e-6);
        Tensor twice = convolution.addTo(y, input);
        assertThat(twice).isSameAs(y);
        assertThat(RelativeError.of(twice.multiply(0.5).toFloats(), expected)).isLessThan(1e-6);
    }

    private static float[] reference(Case c) {
        Shape shape = c.shape;
        double[] x = seen(c);
        int seen = c.before + c.framesSeen();
        int height = c.height * c.factor();
        int width = c.width * c.factor();
        int margin = shape.pixelStride() == 1 || c.edged ? shape.size() / 2 : 0;
        int frames = (seen - shape.frames()) / shape.frameStride() + 1;
        int rows = side(height, c);
        int columns = side(width, c);
        float[] weight = c.weight();
        float[] bias = c.bias();
        var y = new float[shape.out() * frames * rows * columns];
        int i = 0;
        for (int out = 0; out < shape.out(); out++) {
            for (int f = 0; f < frames; f++) {
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < columns; column++) {
                        double sum = bias[out];
                        int k = out * (weight.length / shape.out());
                        for (int in = 0; in < shape.in(); in++) {
                            for (int t = 0; t < shape.frames(); t++) {
                                for (int s = 0; s < shape.size() * shape.size(); s++, k++) {
                                    int a = row * shape.pixelStride() + s / shape.size() - margin;
                                    int b = column * shape.pixelStride() + s % shape.size() - margin;
                                    if (c.edged) {
                                        a = Math.clamp(a, 0, height - 1);
                                        b = Math.clamp(b, 0, width - 1);
                                    }
                                    if (a < 0 || b < 0 || a >= height || b >= width) continue;
                                    int frame = f * shape.frameStride() + t;
                                    sum += weight[k] * x[((in * seen + frame) * height + a) * width + b];
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

    private static int side(int pixels, Case c) {
        int stride = c.shape.pixelStride();
        return c.edged ? Math.ceilDiv(pixels, stride) : pixels / stride;
    }

    /** The input as the convolution sees it. */
    private static double[] seen(Case c) {
        int factor = c.factor();
        int seenFrames = c.before + c.framesSeen();
        int height = c.height * factor;
        int width = c.width * factor;
        double[] activated = activated(c);
        var seen = new double[c.shape.in() * seenFrames * height * width];
        int i = 0;
        for (int channel = 0; channel < c.shape.in(); channel++) {
            for (int frame = 0; frame < seenFrames; frame++) {
                for (int pixel = 0; pixel < height * width; pixel++) {
                    int source = source(c, frame);
                    int from = pixel / width / factor * c.width + pixel % width / factor;
                    seen[i++] = source < 0
                            ? 0
                            : activated[(channel * (c.before + c.frames) + source) * c.height * c.width + from];
                }
            }
        }
        return seen;
    }

    /** Where a frame that is seen comes from; -1: it is zeros. */
    private static int source(Case c, int frame) {
        int own = frame - c.before;
        if (own >= 0) return c.before + (c.repeats == Repeats.CLIP ? (own + 1) / 2 : own);
        if (c.given) return frame;
        return c.edged ? c.before : -1;
    }

    private static double[] activated(Case c) {
        float[] x = c.input();
        float[] gain = c.gain();
        float[] offset = c.offset();
        int in = c.shape.in();
        int pixels = x.length / in;
        var activated = new double[x.length];
        for (int pixel = 0; pixel < pixels; pixel++) {
            double squares = 0;
            for (int channel = 0; channel < in; channel++) {
                squares += Math.pow(x[channel * pixels + pixel], 2);
            }
            for (int channel = 0; channel < in; channel++) {
                double value = x[channel * pixels + pixel];
                double y = c.pixel == Pixel.NORMED
                        ? value * gain[channel] / Math.sqrt(squares)
                        : value * gain[channel] + offset[channel];
                activated[channel * pixels + pixel] = c.pixel == Pixel.AS_IT_IS ? value : y / (1 + Math.exp(-y));
            }
        }
        return activated;
    }
}
