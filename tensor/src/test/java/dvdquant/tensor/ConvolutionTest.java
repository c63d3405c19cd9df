package dvdquant.tensor;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Against sums in double, for numbers of channels that do not fill oneDNN's blocks. */
@NoLeaks
class ConvolutionTest {
    private static final int FRAMES = 2;
    private static final int SIZE = 6;

    /** @param size of the kernel along height and width; @param in of the layer; an output channel each at a time */
    private static float[] reference(float[] x, float[] weight, float[] bias, int in, int size) {
        int places = FRAMES * SIZE * SIZE;
        var y = new float[bias.length * places];
        for (int i = 0; i < y.length; i++) {
            int out = i / places;
            int frame = i / (SIZE * SIZE) % FRAMES;
            double sum = bias[out];
            for (int k = 0; k < in * size * size; k++) {
                int row = i / SIZE % SIZE + k / size % size - size / 2;
                int column = i % SIZE + k % size - size / 2;
                if (row < 0 || column < 0 || row >= SIZE || column >= SIZE) continue;
                int at = ((k / (size * size) * FRAMES + frame) * SIZE + row) * SIZE + column;
                sum += (double) weight[out * in * size * size + k] * x[at];
            }
            y[i] = (float) sum;
        }
        return y;
    }

    @ParameterizedTest(name = "{0} channels")
    @ValueSource(ints = {1, 3, 15, 16, 17, 24, 27, 32, 40, 50})
    void isRightForAnyNumberOfChannels(int in) {
        float[] x = Seeds.gaussian(1, in * FRAMES * SIZE * SIZE);
        for (int size : new int[]{1, 3}) {
            for (int out : new int[]{1, 5, 16, 24, 33, 40, 48, 64, 80}) {
                float[] weight = Seeds.gaussian(2, out * in * size * size);
                float[] bias = Seeds.gaussian(3, out);
                float[] expected = reference(x, weight, bias, in, size);
                try (var _ = TensorScope.open()) {
                    Tensor input = Tensor.ofFloats(x, 1, in, FRAMES, SIZE, SIZE);
                    Tensor kernel = Tensor.ofFloats(weight, out, in, 1, size, size);
                    assertThat(error(input, kernel, bias, expected)).as("%d of %d×%d", out, size, size)
                            .isLessThan(1e-6);
                    assertThat(error(input.channelsLast3d(), kernel.channelsLast3d(), bias, expected))
                            .as("%d of %d×%d, channels last", out, size, size).isLessThan(1e-6);
                }
            }
        }
    }

    private static double error(Tensor input, Tensor kernel, float[] bias, float[] expected) {
        long padding = kernel.dim(4) / 2;
        Tensor y = input.conv3d(kernel, Tensor.ofFloats(bias, bias.length), new long[]{1, 1, 1},
                new long[]{0, padding, padding});
        return RelativeError.of(y.toFloats(), expected);
    }
}
