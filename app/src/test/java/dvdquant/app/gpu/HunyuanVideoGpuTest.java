package dvdquant.app.gpu;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.Method;
import dvdquant.cuda.CudaSettings;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.testing.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

/** The demo model of HunyuanVideo's architecture on a GPU, against the reference outputs and against the CPU. */
@Gpu
class HunyuanVideoGpuTest {
    private static final Path MODEL = Golden.HUNYUAN_VIDEO;
    @TempDir
    private static Path folder;
    private static final Map<Method, Path> MODELS = new EnumMap<>(Method.class);

    private static LoadOptions cuda(AttentionMode attention) {
        return Sampled.cuda(0, Gpu.Settings.of(attention));
    }

    @Test
    void theTrajectoryAgreesWithDiffusers() {
        try (var golden = Golden.ofHunyuanVideo()) {
            float[] expected = golden.floats("sample.step11");
            Sampled exact = Sampled.of(MODEL, cuda(AttentionMode.EXACT), request -> request.withSteps(12));
            assertThat(Sqnr.db(exact.values(), expected)).as("f32").isGreaterThan(60);
            Sampled bf16 = Sampled.of(MODEL, cuda(AttentionMode.EXACT).withDtype(ElementType.BF16),
                    request -> request.withSteps(12));
            assertThat(Sqnr.db(bf16.values(), expected)).as("bf16").isGreaterThan(20);
            Sampled int8 = Sampled.of(MODEL, cuda(AttentionMode.INT8), request -> request.withSteps(12));
            assertThat(Sqnr.db(int8.values(), expected)).as("attention in 8 bits").isGreaterThan(20);
        }
    }

    /** As far from each other as the quantization is from full precision, where a value near a tie falls on different sides. */
    @ParameterizedTest(name = "{0}, {1}, {2} steps")
    @CsvSource({"DVD_QUANT, 8, 1, 30", "DVD_QUANT, 8, 8, 18", "DVD_QUANT, 4, 8, 12", "DVD_QUANT, switch, 8, 12",
            "DVD_QUANT, teacache, 8, 18", "QUAROT, 8, 8, 18", "DVD_QUANT_PAPER, 8, 8, 18"})
    void aQuantizedModelAgreesWithTheCpu(Method method, String how, int steps, double leastDb) {
        Path model = MODELS.computeIfAbsent(method, by -> Sampled.quantized(MODEL, folder, by));
        Sampled expected = Sampled.of(model, LoadOptions.defaults(),
                request -> request.withSteps(steps).with(acceleration(how)));
        Sampled found = Sampled.of(model, cuda(AttentionMode.EXACT),
                request -> request.withSteps(steps).with(acceleration(how)));
        double db = Sqnr.db(found.values(), expected.values());
        System.out.printf("HunyuanVideo, %s, %s, %d steps: %.1f dB from the CPU%n", method, how, steps, db);
        assertThat(found.steps().schedule()).as("bits of the steps").isEqualTo(expected.steps().schedule());
        if (how.equals("teacache")) assertThat(found.steps().skippedSteps()).isPositive();
        assertThat(db).as("dB between the GPU and the CPU").isGreaterThan(leastDb);
        CudaSettings offload = new CudaSettings(AttentionMode.EXACT, true,
                Gpu.Settings.of(AttentionMode.EXACT).cache());
        assertThat(Sampled.of(model, Sampled.cuda(0, offload),
                request -> request.withSteps(steps).with(acceleration(how))).values())
                .as("weights in the host's memory")
                .isEqualTo(found.values());
    }

    private static Acceleration acceleration(String how) {
        Acceleration defaults = Acceleration.defaults();
        return switch (how) {
            case "switch" -> defaults.withActivations(new BitPlan.Average(6));
            case "teacache" -> defaults.withCache(new TeaCache(OptionalDouble.of(0.2), Optional.empty()));
            default -> defaults.withActivations(new BitPlan.Fixed(Integer.parseInt(how)));
        };
    }
}
