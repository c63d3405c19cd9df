package dvdquant.models.toy;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Two transformers whose layers have the same names, each smoothed by what went into its own. */
@NoLeaks
class ToyCalibrationTest {
    private static final String FIRST = "transformer";
    private static final String LAYER = "layers.0.down";

    @TempDir
    Path folder;

    private static CalibrationData calibrate(Path model) {
        return Pipelines.alsoOf(List.of(new ToyFamily()), () -> Calibration.run(model, LoadOptions.defaults(),
                List.of(new Prompt("a red ball")), UnaryOperator.identity(), PipelineListener.NONE, new Cancellation())
                .data());
    }

    private Path quantize(Path model, CalibrationData data, String name) {
        return Pipelines.alsoOf(List.of(new ToyFamily()), () -> {
            Path target = folder.resolve(name);
            new Quantizer(Method.SMOOTHQUANT.recipe(8), Pipelines.quantizedLayers(model), Optional.of(data), 1, false)
                    .run(model, target, (_, _) -> {});
            return target;
        });
    }

    private static byte[] smoothing(Path model, String component) {
        try (var files = Checkpoint.open(model.resolve(component))) {
            return files.tensor(LayerPart.SMOOTHING.of(LAYER)).data().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void eachIsSmoothedByWhatWentIntoItsOwnLayers() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), true);
        CalibrationData seen = calibrate(model);
        assertThat(seen.ofComponents().keySet()).containsExactlyInAnyOrder(FIRST, ToyFamily.TRANSFORMER_2);
        assertThat(seen.of(FIRST).of(LAYER)).isNotEqualTo(seen.of(ToyFamily.TRANSFORMER_2).of(LAYER));
        Path own = quantize(model, seen, "own");
        Path borrowed = quantize(model, new CalibrationData(
                Map.of(FIRST, seen.of(FIRST), ToyFamily.TRANSFORMER_2, seen.of(FIRST))), "borrowed");
        assertThat(smoothing(own, FIRST)).isEqualTo(smoothing(borrowed, FIRST));
        assertThat(smoothing(own, ToyFamily.TRANSFORMER_2)).isNotEqualTo(
                smoothing(borrowed, ToyFamily.TRANSFORMER_2));
    }

    @Test
    void oneThatDidNotRunIsNamed() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), true);
        var data = new CalibrationData(Map.of(FIRST, calibrate(model).of(FIRST)));
        assertThatThrownBy(() -> quantize(model, data, "half")).isInstanceOf(InputException.class)
                .hasMessage("component 'transformer_2' did not run during calibration");
        assertThat(folder.resolve("half")).doesNotExist();
    }
}
