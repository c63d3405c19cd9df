package dvdquant.models.hunyuan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.hunyuan.HunyuanVideoTransformer.Text;
import dvdquant.models.schedule.FlowMatchEulerDiscreteScheduler;
import dvdquant.models.schedule.FlowMatchEulerDiscreteScheduler.Spacing;
import dvdquant.models.schedule.SamplerRun;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

/** The transformer against diffusers', of the text states that the reference had. */
@NoLeaks
class HunyuanVideoTransformerGoldenTest {
    private static final double GUIDANCE = 6;

    /** Prepared for the noise and the first prompt of the reference. */
    private record Prepared(HunyuanVideoTransformer transformer, Golden golden, Text text, Rotary rotary, Shape shape) {
        static Prepared of(HunyuanVideoTransformer transformer, Golden golden) {
            Shape shape = golden.shape("noise");
            return new Prepared(transformer, golden, transformer.embedText(golden.tensor("text.0.hidden"),
                    golden.tensor("clip.0.pooled").reshape(1, golden.shape("clip.0.pooled").dim(0)),
                    StepActivations.none()), transformer.rotary(shape), shape);
        }

        /** The names of the golden activations, and their errors, go into {@code errors}. */
        Tensor flow(Tensor latents, double time, Map<String, Double> errors) {
            String prefix = "dit.t" + time + ".";
            int last = transformer.blocks() - 1;
            return transformer.forward(latents, new Step(time, OptionalDouble.of(GUIDANCE), StepActivations.none()),
                    text,
                    rotary, BlockPass.COMPUTE, (block, hidden) -> {
                        if (time != 500 || block != 0 && block != last) return;
                        String name = prefix + (block == 0 ? "double0" : "single_last") + ".tokens0_8";
                        errors.put(name, golden.error(hidden.narrow(0, 0, 8), name));
                    });
        }

        float[] sampled() {
            SamplerRun run = new FlowMatchEulerDiscreteScheduler(1000, 3, Spacing.TO_ZERO).start(12);
            float[] x = golden.floats("noise");
            for (double time : run.timesteps()) {
                try (var _ = TensorScope.open()) {
                    x = run.step(flow(Tensor.ofFloats(x, shape.dims()), time, new HashMap<>()).toFloats(), x);
                }
            }
            return x;
        }
    }

    private static HunyuanVideoTransformer open(CpuDevice device, ElementType type) {
        return HunyuanVideoTransformer.open(Golden.HUNYUAN_VIDEO.resolve("transformer"), type, device,
                LayerArithmetic.INTEGER);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1000, 500, 60})
    void outputsAndBlockActivationsAgreeWithDiffusers(double time) {
        try (var golden = Golden.ofHunyuanVideo();
                var device = CpuDevice.open();
                var transformer = open(device, ElementType.F32);
                var _ = TensorScope.open()) {
            var prepared = Prepared.of(transformer, golden);
            var errors = new HashMap<String, Double>();
            errors.put("flow",
                    golden.error(prepared.flow(golden.tensor("noise"), time, errors), "dit.t" + time + ".out"));
            assertThat(errors).hasSize(time == 500 ? 3 : 1)
                    .allSatisfy((_, error) -> assertThat(error).isLessThan(1e-5));
        }
    }

    @Test
    void trajectoryAgreesWithDiffusers() {
        try (var golden = Golden.ofHunyuanVideo();
                var device = CpuDevice.open();
                var transformer = open(device, ElementType.F32);
                var _ = TensorScope.open()) {
            float[] sampled = Prepared.of(transformer, golden).sampled();
            assertThat(RelativeError.of(sampled, golden.floats("sample.step11"))).isLessThan(1e-3);
        }
    }

    @Test
    void bf16StaysWithinTwentyDecibels() {
        try (var golden = Golden.ofHunyuanVideo();
                var device = CpuDevice.open();
                var transformer = open(device, ElementType.BF16);
                var _ = TensorScope.open()) {
            float[] sampled = Prepared.of(transformer, golden).sampled();
            assertThat(Sqnr.db(sampled, golden.floats("sample.step11"))).isGreaterThan(20);
        }
    }

    @Test
    void guidanceIsFedInTheTypeToComputeIn() {
        assertThat(ConditionEmbedder.fed(6, ElementType.F32)).isEqualTo(6000);
        assertThat(ConditionEmbedder.fed(6, ElementType.BF16)).isEqualTo(6016);
        assertThat(ConditionEmbedder.fed(7, ElementType.BF16)).isEqualTo(7008);
        assertThat(ConditionEmbedder.fed(3.5, ElementType.BF16)).isEqualTo(3504);
    }
}
