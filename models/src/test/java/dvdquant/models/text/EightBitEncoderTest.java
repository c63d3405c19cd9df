package dvdquant.models.text;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** 8-bit weights and activations change the states of the demo models by a few percent, and no more memory stays. */
@NoLeaks
class EightBitEncoderTest {
    private static final List<long[]> UMT5 = List.of(new long[]{5, 9, 21, 40, 1}, new long[]{1});
    private static final List<long[]> LLAMA = List.of(new long[]{549, 3, 5, 7, 200, 31}, new long[]{549});

    private static List<float[]> umt5(EncoderPrecision precision, ComputeDevice device) {
        try (var encoder = Umt5Encoder.open(Golden.MODEL.resolve("text_encoder"), Checkpoint::open, precision, device);
                var _ = TensorScope.open()) {
            return encoder.encode(UMT5, (_, _) -> {}).stream().map(Tensor::toFloats).toList();
        }
    }

    private static List<float[]> llama(EncoderPrecision precision, ComputeDevice device) {
        try (var encoder = LlamaEncoder.open(Golden.HUNYUAN_VIDEO.resolve("text_encoder"), 2, Checkpoint::open,
                precision, device);
                var _ = TensorScope.open()) {
            return encoder.encode(LLAMA, (_, _) -> {}).stream().map(Tensor::toFloats).toList();
        }
    }

    private static void assertNear(List<float[]> eightBit, List<float[]> exact) {
        for (int i = 0; i < exact.size(); i++) {
            assertThat(RelativeError.of(eightBit.get(i), exact.get(i))).isBetween(1e-4, 0.03);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void umt5IsNear(ElementType type) {
        try (var device = CpuDevice.open()) {
            assertNear(umt5(new EncoderPrecision(type, true), device),
                    umt5(EncoderPrecision.of(ElementType.F32), device));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void llamaIsNear(ElementType type) {
        try (var device = CpuDevice.open()) {
            assertNear(llama(new EncoderPrecision(type, true), device),
                    llama(EncoderPrecision.of(ElementType.F32), device));
        }
    }

    @Test
    void theSameTwiceIsTheSame() {
        var precision = new EncoderPrecision(ElementType.F32, true);
        try (var device = CpuDevice.open()) {
            assertThat(llama(precision, device).getFirst()).isEqualTo(llama(precision, device).getFirst());
        }
    }
}
