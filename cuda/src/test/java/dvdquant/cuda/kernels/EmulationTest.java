package dvdquant.cuda.kernels;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** libtorch's operations are the same on a CPU, where there is something to hold them against. */
class EmulationTest {
    @ParameterizedTest
    @ValueSource(strings = {"tensor", "token", "channel", "channel-token", "block:64", "token-block:64",
            "token-block-integer:64"})
    void severalPiecesShareTheirScales(String scales) {
        try (var _ = TensorScope.open(); var device = CpuDevice.open(); var emulation = new Emulation()) {
            var rotation = new Rotation.Blocks(64, 3);
            var scheme = new ActivationScheme(new ActivationRange(4), ActivationScales.parse(scales));
            Tensor x = Tensor.randn(7, 12_000, 192); // of which 10,922 tokens are a piece
            x.narrow(0, 11_000, 1).multiplyInPlace(Tensor.ofFloats(new float[]{9}, 1));
            float[] before = x.toFloats();
            float[] expected = device.kernels().emulate(x, rotation, scheme).toFloats();
            assertThat(RelativeError.of(emulation.emulate(x, rotation, scheme).toFloats(), expected)).isLessThan(0.02);
            assertThat(x.toFloats()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tensor", "token", "channel", "channel-token", "block:64", "token-block:64",
            "token-block-integer:64"})
    void givesWhatTheKernelsOfACpuGive(String scales) {
        try (var _ = TensorScope.open(); var device = CpuDevice.open(); var emulation = new Emulation()) {
            for (Rotation rotation : List.of(new Rotation.None(), new Rotation.Blocks(64, 3), new Rotation.Full(1))) {
                for (int bits : new int[]{4, 8}) {
                    var scheme = new ActivationScheme(new ActivationRange(bits), ActivationScales.parse(scales));
                    Tensor x = Tensor.randn(bits, 5, 192);
                    x.narrow(0, 2, 1).multiplyInPlace(Tensor.ofFloats(new float[]{0}, 1)); // a token of zeros
                    float[] expected = device.kernels().emulate(x, rotation, scheme).toFloats();
                    assertThat(RelativeError.of(emulation.emulate(x, rotation, scheme).toFloats(), expected))
                            .as("%s, %d bits, %s", scales, bits, rotation).isLessThan(0.02); // a code may round the other way
                }
            }
        }
    }
}
