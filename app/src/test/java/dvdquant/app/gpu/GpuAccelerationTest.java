package dvdquant.app.gpu;

import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.Method;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.TeaCache;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Methods, bits and skipped steps on a GPU against the CPU, on the demo model with 4-bit weights. The two add in different orders, and
 * where a value is near a tie its code differs; what becomes of that is as large as the error of the quantization itself, whatever the
 * first difference was. The bounds are some 6 dB below what a change of 10⁻⁶ of the noise comes to on the CPU; guidance makes more of it.
 */
@Gpu
class GpuAccelerationTest {
    @TempDir
    private static Path folder;
    private static final Map<Method, Path> MODELS = new EnumMap<>(Method.class);

    @ParameterizedTest(name = "{0}, {1}, {2} steps, guidance {3}")
    @CsvSource({"DVD_QUANT, 8, 8, 1, 38", "DVD_QUANT, 4, 1, 5, 13", "DVD_QUANT, 4, 8, 1, 18",
            "DVD_QUANT, switch, 8, 1, 16", "DVD_QUANT, teacache, 8, 1, 38", "QUAROT, 8, 1, 5, 34",
            "QUAROT, 8, 8, 1, 38",
            "QUAROT, 4, 8, 1, 16", "DVD_QUANT_PAPER, 8, 8, 1, 38", "DVD_QUANT_PAPER, 4, 8, 1, 16"})
    void agreesWithTheCpu(Method method, String how, int steps, double guidance, double leastDb) {
        Path model = MODELS.computeIfAbsent(method, by -> Sampled.quantized(folder, by));
        UnaryOperator<GenerationRequest> change = request -> request.withSteps(steps).withGuidance(guidance)
                .with(acceleration(how));
        LoadOptions gpu = Sampled.cuda(0, Gpu.Settings.of(AttentionMode.EXACT));
        Sampled expected = Sampled.of(model, LoadOptions.defaults(), change);
        Sampled found = Sampled.of(model, gpu, change);
        double db = Sqnr.db(found.values(), expected.values());
        String schedule = expected.steps().schedule();
        System.out.printf("%s, %s, %d steps %s, guidance %s: %.1f dB from the CPU%n", method, how, steps, schedule,
                guidance, db);
        assertThat(found.steps().schedule()).as("bits of the steps").isEqualTo(schedule);
        if (how.equals("switch")) assertThat(found.steps().averageBits()).as(schedule).hasValue(6);
        if (how.equals("teacache")) assertThat(found.steps().skippedSteps()).as(schedule).isPositive();
        assertThat(db).as("dB between the GPU and the CPU").isGreaterThan(leastDb);
        assertThat(Sampled.of(model, gpu, change).values()).as("the same again").isEqualTo(found.values());
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
