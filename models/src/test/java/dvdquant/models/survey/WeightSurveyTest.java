package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.ChannelMaxima;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.testing.Seeds;
import dvdquant.models.Pipelines;
import dvdquant.models.testing.Golden;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Of some layers of the demo model. */
@NoLeaks
class WeightSurveyTest {
    private static final List<String> LAYERS = List.of("blocks.0.attn1.to_q", "blocks.7.ffn.net.2");
    private static final Path MODEL = Golden.MODEL.toAbsolutePath();

    @TempDir
    Path folder;

    private Path quantize(Method method) {
        Path target = folder.resolve(method.label());
        new Quantizer(method.recipe(4),
                new TreeMap<>(Map.of("transformer", LayerSelection.of(LAYERS.toArray(String[]::new)))), calibration(),
                2,
                true).run(MODEL, target, (_, _) -> {});
        return target;
    }

    /** Activations that nobody saw, so that the smoothing is far from 1. */
    private static Optional<CalibrationData> calibration() {
        Map<String, float[]> maxima = new HashMap<>();
        for (String layer : LAYERS) {
            float[] channels = Seeds.gaussian(7, layer.endsWith("ffn.net.2") ? 1024 : 256);
            for (int k = 0; k < channels.length; k++) {
                channels[k] = (float) Math.exp(3 * channels[k]);
            }
            maxima.put(layer, channels);
        }
        return Optional.of(new CalibrationData(Map.of("transformer", new ChannelMaxima(maxima))));
    }

    private static WeightSurvey survey(Path quantized, int threads) {
        return WeightSurvey.against(quantized, MODEL, threads, (_, _) -> {});
    }

    /** ‖w − ŵ‖² by the weights that a model restores from its codes. */
    private static double restoredError(Path quantized, String layer) {
        TensorLayout layout = Pipelines.transformerLayout(MODEL.resolve("transformer"));
        try (var codes = WeightLoader.open(quantized.resolve("transformer"), layout);
                var full = WeightLoader.open(MODEL.resolve("transformer"), layout);
                var _ = TensorScope.open()) {
            float[] stored = codes.quantized(layer).orElseThrow().restored(ElementType.F32).toFloats();
            float[] weights = full.get(layer + ".weight", ElementType.F32).toFloats();
            double total = 0;
            for (int i = 0; i < weights.length; i++) {
                double error = (double) weights[i] - stored[i];
                total += error * error;
            }
            return total;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theStoredErrorIsThatOfTheRestoredWeights(Method method) {
        Path quantized = quantize(method);
        for (LayerErrors layer : survey(quantized, 2).layers()) {
            assertThat(layer.errors().stored().orElseThrow()).isCloseTo(restoredError(quantized, layer.name().full()),
                    Percentage.withPercentage(0.1));
            assertThat(layer.errors().histogram().total()).isEqualTo(layer.size().weights());
        }
    }

    @Test
    void theStoredErrorIsThatOfItsStage() {
        MeasuredErrors refined = survey(quantize(Method.DVD_QUANT), 2).total();
        assertThat(refined.stored().orElseThrow()).isCloseTo(refined.stages().refined(), Offset.offset(1e-9));
        assertThat(refined.storedReduction().orElseThrow())
                .isCloseTo(refined.stages().reduction(Rounding.BGR), Offset.offset(1e-6)).isGreaterThan(0.1);
        MeasuredErrors minMax = survey(quantize(Method.MINMAX), 2).total();
        assertThat(minMax.stored().orElseThrow()).isCloseTo(minMax.stages().minMax(), Offset.offset(1e-9));
    }

    @Test
    void theNumberOfThreadsChangesNothing() {
        Path quantized = quantize(Method.VIDIT_Q);
        MeasuredErrors one = survey(quantized, 1).total();
        MeasuredErrors three = survey(quantized, 3).total();
        assertThat(three.stages()).isEqualTo(one.stages());
        assertThat(three.stored()).isEqualTo(one.stored());
        assertThat(three.histogram().counts()).isEqualTo(one.histogram().counts());
    }

    @Test
    void modelsThatDoNotBelongTogetherAreRefused() {
        Path quantized = quantize(Method.MINMAX);
        assertThatThrownBy(() -> survey(MODEL, 1)).isInstanceOf(InputException.class)
                .hasMessageContaining("is in full precision, expected one that was quantized from");
        assertThatThrownBy(() -> WeightSurvey.against(quantized, quantized, 1, (_, _) -> {}))
                .isInstanceOf(InputException.class).hasMessageContaining("is quantized, expected one in full");
        assertThatThrownBy(() -> WeightSurvey.of(quantized, Method.DVD_QUANT.recipe(4).weights(), 1, (_, _) -> {}))
                .isInstanceOf(InputException.class).hasMessageContaining("is quantized, expected one in full");
    }

    @Test
    void progressCanStopIt() {
        assertThatThrownBy(() -> WeightSurvey.of(MODEL, Method.DVD_QUANT.recipe(4).weights(), 2, (done, _) -> {
            if (done > 0) throw new CancellationException();
        })).isInstanceOf(CancellationException.class);
    }
}
