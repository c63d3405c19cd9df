package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.testing.Seeds;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.ReferenceKernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Operations on rows where each group of threads takes many of them, against f64. */
@Gpu
class RowLoopsGpuTest {
    private static final double EPS = 1e-6;
    private static final int HEAD_SIZE = 128;

    private TensorScope scope;
    private ComputeDevice device;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        device = CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT));
    }

    @AfterEach
    void close() {
        device.close();
        scope.close();
    }

    private Tensor vector(float[] values) {
        return Tensor.ofFloats(values, values.length).to(device.device());
    }

    @ParameterizedTest
    @CsvSource({"256, F32", "256, BF16", "1536, F32", "1536, BF16", "5120, F32", "5120, BF16", "13824, F32",
            "13824, BF16"})
    void normsAndTheRest(int channels, ElementType type) {
        Tensor different = ManyTokens.different(1, channels, type);
        float[] values = different.toFloats();
        Tensor x = ManyTokens.repeated(different, device.device());
        float[] gain = Seeds.gaussian(2, channels);
        float[] offset = Seeds.gaussian(3, channels);
        compare("layerNorm", device.kernels().layerNorm(x, vector(gain), vector(offset), EPS),
                ReferenceKernels.layerNorm(values, gain, offset, EPS));
        compare("rmsNorm", device.kernels().rmsNorm(x, vector(gain), null, EPS),
                ReferenceKernels.rmsNorm(values, gain, EPS));
        double[] angles = new Random(4).doubles((long) ManyTokens.DIFFERENT * HEAD_SIZE / 2, -10, 10).toArray();
        compare("rmsNorm with rotary", device.kernels().rmsNorm(x, vector(gain), rotary(angles), EPS), ReferenceKernels
                .rotate(ReferenceKernels.rmsNorm(values, gain, EPS), angles, channels, HEAD_SIZE));
        Tensor other = ManyTokens.different(5, channels, type);
        compare("gatedResidual",
                device.kernels().gatedResidual(x, ManyTokens.repeated(other, device.device()), vector(gain)),
                ReferenceKernels.gatedResidual(values, other.toFloats(), gain, channels));
        device.kernels().gelu(x);
        compare("gelu", x, ReferenceKernels.gelu(values));
    }

    /** Tables that repeat as the tokens do. */
    private Rotary rotary(double[] angles) {
        var cos = new float[2 * angles.length];
        var sin = new float[2 * angles.length];
        for (int i = 0; i < cos.length; i++) {
            cos[i] = (float) Math.cos(angles[i / 2]);
            sin[i] = (float) ((i % 2 == 0 ? -1 : 1) * Math.sin(angles[i / 2]));
        }
        return new Rotary(repeated(cos), repeated(sin));
    }

    private Tensor repeated(float[] values) {
        return ManyTokens.repeated(Tensor.ofFloats(values, ManyTokens.DIFFERENT, HEAD_SIZE), device.device());
    }

    /** @param expected of the tokens that differ */
    private static void compare(String operation, Tensor found, double[] expected) {
        assertThat(found.dim(0)).isEqualTo(ManyTokens.COUNT);
        int channels = Math.toIntExact(found.dim(1));
        double bound = found.type() == ElementType.F32 ? 3e-6 : 4e-3;
        float[] values = ManyTokens.comparedOf(found).toFloats();
        int[] tokens = ManyTokens.compared();
        for (int i = 0; i < tokens.length; i++) {
            int like = tokens[i] % ManyTokens.DIFFERENT * channels;
            double error = RelativeError.of(Arrays.copyOfRange(values, i * channels, (i + 1) * channels),
                    ManyTokens.floats(Arrays.copyOfRange(expected, like, like + channels)));
            assertThat(error).as("%s of %s: relative error of token %d", operation, found, tokens[i]).isLessThan(bound);
        }
    }
}
