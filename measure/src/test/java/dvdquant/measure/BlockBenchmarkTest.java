package dvdquant.measure;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quantize.Method;
import dvdquant.measure.WanBlockRun.Errors;
import dvdquant.measure.WanBlockRun.Quantization;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

@NoLeaks
class BlockBenchmarkTest {
    private static final int TOKENS = 70;

    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = {"BF16", "F32"})
    void aSmallBlockIsMeasured(ElementType type) {
        WanConfig config = TinyWan.ARCHITECTURE.transformer();
        BlockBenchmark result;
        try (var device = CpuDevice.open()) {
            result = BlockBenchmark.run(new BlockBenchmark.Shape(config, type, TOKENS, Optional.empty()), 3, device);
        }
        long width = config.width();
        double linears = 2.0 * width * width * (6 * TOKENS + 2 * 512)
                + 4.0 * TOKENS * width * config.feedForward();
        assertThat(result.linears()).hasSize(10).allMatch(timing -> timing.bestMillis() > 0);
        assertThat(result.linears().stream().mapToDouble(Timing::flops).sum()).isEqualTo(linears);
        assertThat(result.block().flops()).isEqualTo(linears + 4.0 * TOKENS * (TOKENS + 512) * width);
        assertThat(result.block().bestMillis()).isPositive().isLessThanOrEqualTo(result.block().medianMillis());
        assertThat(result.kernels()).extracting(Timing::name).contains("attn1 attention", "GELU");
        assertThat(result.linearRate()).isPositive();
        assertThat(result.ratio()).isEqualTo(result.blockRate() / result.linearRate(), within(1e-12));
    }

    @Test
    void aQuantizedBlockIsMeasuredBesideOthersInEachResidence() {
        WanConfig config = TinyWan.QUANTIZABLE;
        var w4a8 = new Quantization(Method.DVD_QUANT.recipe(4).weights(), ActivationScheme.ofBits(8));
        BlockBenchmark result;
        boolean bf16;
        try (var device = CpuDevice.open()) {
            bf16 = device.abilities().bf16().own();
            result = BlockBenchmark.run(
                    new BlockBenchmark.Shape(config, ElementType.BF16, TOKENS, Optional.of(w4a8)), 3, device);
        }
        assertThat(result.quantized()).extracting(Timing::name)
                .containsExactlyInAnyOrder("quantized block, packed", "quantized block, expanded");
        Timing quantized = result.quantized().getFirst();
        assertThat(result.libtorch()).extracting(Timing::name).isEqualTo(bf16
                ? List.of("libtorch's block, F32", "libtorch's block, BF16")
                : List.of("libtorch's block, F32"));
        assertThat(quantized.flops()).isEqualTo(result.block().flops());
        assertThat(result.speedup(quantized))
                .isEqualTo(result.block().medianMillis() / quantized.medianMillis());
        assertThat(result.overLibtorch(quantized)).isEqualTo(
                result.libtorch().stream().mapToDouble(Timing::medianMillis).min().orElseThrow()
                        / quantized.medianMillis());
        assertThat(result.errors().block()).isBetween(1e-4, 0.02);
        assertThat(result.errors().quantized().orElseThrow()).isBetween(0.02, 0.3);
        assertThat(result.peak()).isEmpty();
    }

    @Test
    void figuresOfABusyMachineAreTold() {
        var steady = new Timing("block", "", 1e9, 10, 10.5, 11);
        assertThat(of(steady, 0.02).disturbance()).isEmpty();
        assertThat(of(steady, 0.43).disturbance()).hasValueSatisfying(
                why -> assertThat(why).contains("other programs took 43 % of the cores", "at most 5 %"));
        var unsteady = new Timing("block", "", 1e9, 10, 10.5, 20);
        assertThat(of(unsteady, 0).disturbance())
                .hasValueSatisfying(why -> assertThat(why).contains("runs of the block took 2.00 times as long"));
    }

    private static BlockBenchmark of(Timing block, double othersShare) {
        return new BlockBenchmark(List.of(), List.of(), block, List.of(), List.of(block),
                new Errors(0, OptionalDouble.empty()), Optional.empty(), othersShare);
    }
}
