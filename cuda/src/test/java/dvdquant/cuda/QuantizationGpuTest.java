package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationQuantizer;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.QuantizedActivations;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;

/** The fused kernels against {@code core}'s plain loops: codes may differ by one at ties, and seldom do. */
@Gpu
class QuantizationGpuTest {
    private static final int TOKENS = 37;
    private static final ElementType[] TYPES = {ElementType.F32, ElementType.BF16};

    @ParameterizedTest
    @CsvSource({"256, token, 8", "1024, token, 4", "1536, token-block-integer, 4", "5120, token-block-integer, 4",
            "5120, token, 8", "8960, token, 8", "13824, token-block-integer, 4", "1536, tensor, 4", "320, token, 6"})
    void codesAreThoseOfTheReference(int channels, String scales, int bits) {
        var scheme = new ActivationScheme(new ActivationRange(bits), ActivationScales.parse(scales));
        for (ElementType type : TYPES) {
            for (Rotation rotation : new Rotation[]{new Rotation.None(), new Rotation.Blocks(64, 5)}) {
                try (var _ = TensorScope.open();
                        ComputeDevice device = CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT))) {
                    Tensor x = Tensor.randn(bits, TOKENS, channels).to(type);
                    QuantizedRows rows = device.kernels().quantize(x.to(device.device()), rotation, scheme);
                    compare(rows, x.toFloats(), rotation, scheme);
                }
            }
        }
    }

    private static void compare(QuantizedRows rows, float[] values, Rotation rotation, ActivationScheme scheme) {
        HadamardRotation rotate = rotation.forColumns(values.length / TOKENS);
        for (int token = 0; token < TOKENS; token++) {
            rotate.rotate(values, token * (values.length / TOKENS));
        }
        QuantizedActivations expected = ActivationQuantizer.quantize(values, TOKENS, scheme);
        byte[] codes = rows.codes().to(Device.CPU).segment().toArray(ValueLayout.JAVA_BYTE);
        float[] scales = rows.scales().toFloats();
        int channels = values.length / TOKENS;
        int others = 0;
        for (int i = 0; i < codes.length; i++) {
            double step = expected.step(i / channels, i % channels);
            double found = codes[i] * (double) scales[i / channels] / step;
            double difference = Math.abs(found - expected.codes()[i]);
            assertThat(difference).as("code %d", i).isLessThan(1.001);
            if (difference > 0.001) others++;
        }
        assertThat(others).as("codes that differ by one").isLessThanOrEqualTo(codes.length / 10_000);
    }

    @ParameterizedTest
    @CsvSource({"256, 8", "1536, 4", "5120, 8", "5120, 4"})
    void onePassGivesWhatTwoGive(int channels, int bits) {
        var scheme = ActivationScheme.ofBits(bits);
        var rotation = new Rotation.Blocks(128, 1);
        try (var _ = TensorScope.open();
                ComputeDevice device = CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT))) {
            Tensor x = Tensor.randn(bits, TOKENS, channels).add(0.5).to(device.device());
            Tensor gain = Tensor.randn(2, channels).to(device.device());
            Tensor offset = Tensor.randn(3, channels).to(device.device());
            requireAlike(device.kernels().quantizeNormed(x, gain, offset, 1e-6, rotation, scheme),
                    device.kernels().quantize(device.kernels().layerNorm(x, gain, offset, 1e-6), rotation, scheme),
                    bits);
            Tensor copy = x.copy();
            device.kernels().gelu(copy);
            requireAlike(device.kernels().quantizeActivated(x, rotation, scheme),
                    device.kernels().quantize(copy, rotation, scheme),
                    bits);
        }
    }

    private static void requireAlike(QuantizedRows one, QuantizedRows two, int bits) {
        assertThat(RelativeError.of(one.scales().toFloats(), two.scales().toFloats())).isLessThan(1e-5);
        int oneCode = bits == 8 ? 1 : 15; // times its multiplier
        float[] first = one.codes().to(ElementType.F32).toFloats();
        float[] second = two.codes().to(ElementType.F32).toFloats();
        int others = 0;
        for (int i = 0; i < first.length; i++) {
            assertThat(Math.abs(first[i] - second[i])).isLessThanOrEqualTo(oneCode);
            if (first[i] != second[i]) others++;
        }
        assertThat(others).isLessThanOrEqualTo(first.length / 1000);
    }
}
