package dvdquant.benchmarks;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.Method;
import dvdquant.measure.PackedLayer;
import dvdquant.measure.TinyWan;
import dvdquant.measure.block.Quantization;
import dvdquant.measure.step.CachedSteps;
import dvdquant.measure.step.StepBenchmark;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class KernelBenchmarksTest {
    private static final WanConfig CONFIG = TinyWan.QUANTIZABLE;
    private static final Path MODEL = Path.of(System.getProperty("project.root"), "demo/tiny-wan");

    @Test
    void productsCountTheTenLinears() {
        var w4a8 = new Quantization(Method.DVD_QUANT.recipe(4).weights(), ActivationScheme.ofBits(8));
        try (var device = CpuDevice.open()) {
            GemmBenchmark result = GemmBenchmark.run(ProductSize.ofBlocks(CONFIG, 70), w4a8, 1, device);
            assertThat(result.layers().stream().mapToInt(GemmBenchmark.Layer::count).sum()).isEqualTo(10);
            assertThat(result.millis(layer -> layer.int8().flops())).isEqualTo(2.0 * CONFIG.width()
                    * (6 * 70 * CONFIG.width() + 2 * 512 * CONFIG.width() + 2 * 70 * CONFIG.feedForward()));
            assertThat(result.ratio()).isPositive();
        }
    }

    @Test
    void aWrongProductIsNotTimed() {
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            PackedLayer layer = PackedLayer.of(Tensor.randn(1, 128, 256), Tensor.randn(2, 128),
                    Method.DVD_QUANT.recipe(4).weights());
            Tensor values = Tensor.empty(ElementType.I8, 128, 256);
            layer.expand(values.segment());
            QuantizedRows rows = device.kernels().quantize(Tensor.randn(3, 5, 256), new Rotation.Blocks(128, 0),
                    ActivationScheme.ofBits(8));
            try (var weights = layer.load(device.weights())) {
                Tensor result = device.kernels().linear(rows, weights, ElementType.BF16);
                ExactProduct.require(result, rows, values, layer);
                result.segment().set(ValueLayout.JAVA_SHORT, 2 * (4 * 128 + 77), BFloat16.fromFloat(123));
                assertThatThrownBy(() -> ExactProduct.require(result, rows, values, layer))
                        .isInstanceOf(IllegalStateException.class).hasMessageContaining("token 4, output 77");
            }
        }
    }

    @Test
    void attentionsHaveBothTypesOfLibtorch() {
        try (var device = CpuDevice.open()) {
            AttentionBenchmark result = AttentionBenchmark.run(AttentionSize.ofBlock(CONFIG, 70),
                    new AttentionBenchmark.Mode(ElementType.BF16, false), 1, device);
            assertThat(result.attentions()).hasSize(2)
                    .allMatch(pair -> pair.libtorch().size() == 2 && pair.ratio() > 0 && pair.error().isEmpty());
            assertThat(result.attentions().getFirst().ours().flops()).isEqualTo(4.0 * 70 * 70 * CONFIG.width());
        }
    }

    @Test
    void wholeForwardsAndEncodingsAreTimed() {
        try (var device = CpuDevice.open()) {
            var once = new StepBenchmark.Runs(0, 1);
            var plan = new StepBenchmark.Plan(ElementType.F32, ActivationScheme.ofBits(8),
                    new ClipSize(5, 64, 32), false, once, Optional.of(new CachedSteps(4, 2)));
            StepBenchmark step = StepBenchmark.run(MODEL.resolve("transformer"), plan, device);
            assertThat(step.tokens()).isEqualTo(2 * 4 * 2);
            assertThat(step.forward().medianMillis()).isPositive();
            assertThat(step.cached()).hasValueSatisfying(cached -> {
                assertThat(cached.name()).isEqualTo("4 steps, 2 computed");
                assertThat(cached.medianMillis()).isPositive();
            });
            assertThat(step.deviceBytes()).isEmpty();
            EncodeBenchmark encode = EncodeBenchmark.run(MODEL.resolve("text_encoder"),
                    EncoderPrecision.of(ElementType.F32), 7, once,
                    device);
            assertThat(encode.encoding().shape()).isEqualTo("7 tokens");
        }
    }
}
