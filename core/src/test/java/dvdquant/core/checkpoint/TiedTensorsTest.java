package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A tensor that goes by two names. */
class TiedTensorsTest {
    private static final int ROWS = 100;
    private static final TensorLayout LAYOUT = new TensorLayout().tensor("shared.weight", ROWS, 2)
            .tensor("norm", 2).tied("shared.weight", "embed.weight");

    @TempDir
    Path folder;

    private TensorSource check(SequencedMap<String, float[]> tensors) {
        Path file = folder.resolve("model.safetensors");
        List<TensorSpec> specs = tensors.entrySet().stream()
                .map(t -> new TensorSpec(t.getKey(), ElementType.F32,
                        t.getValue().length == 2 ? Shape.of(2) : Shape.of(t.getValue().length / 2, 2)))
                .toList();
        try (var writer = SafetensorsWriter.create(file, specs, Map.of()); Arena arena = Arena.ofConfined()) {
            tensors.forEach((name, values) -> writer.write(name, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values)));
            writer.commit();
        }
        return LAYOUT.check(Checkpoint.openFile(file), "a model");
    }

    private static float[] table(float value) {
        var values = new float[2 * ROWS];
        Arrays.fill(values, value);
        return values;
    }

    private static SequencedMap<String, float[]> of(String name, float[] values) {
        var tensors = new LinkedHashMap<String, float[]>();
        tensors.put("norm", new float[]{1, 1});
        tensors.put(name, values);
        return tensors;
    }

    private static SequencedMap<String, float[]> both(float[] one, float[] other) {
        SequencedMap<String, float[]> tensors = of("shared.weight", one);
        tensors.put("embed.weight", other);
        return tensors;
    }

    @Test
    void eitherNameServesAndBothDoIfEqual() {
        for (var tensors : List.of(of("shared.weight", table(3)), of("embed.weight", table(3)),
                both(table(3), table(3)))) {
            try (TensorSource source = check(tensors)) {
                assertThat(source.tensors().keySet()).containsExactlyInAnyOrder("norm", "shared.weight");
                var row = new float[2];
                source.tensor("shared.weight").read(7, row);
                assertThat(row).containsExactly(3, 3);
            }
        }
    }

    @Test
    void twoThatDifferAreRefused() {
        float[] other = table(3);
        other[2 * ROWS - 1] = 4;
        assertThatThrownBy(() -> check(both(table(3), other))).isInstanceOf(InputException.class)
                .hasMessage(folder.resolve("model.safetensors")
                        + ": 'shared.weight' and 'embed.weight' are the same tensor in "
                        + "this model, and differ, as in row 99; expected one of them, or both equal");
        assertThatThrownBy(() -> check(both(table(3), new float[4 * ROWS]))).isInstanceOf(InputException.class)
                .hasMessageContaining("[100, 2] and [200, 2]");
    }

    @Test
    void noneIsMissingByItsOwnName() {
        assertThatThrownBy(() -> check(of("other", table(3)))).isInstanceOf(InputException.class)
                .hasMessage(
                        "a model: the tensors do not fit the model: missing shared.weight; not part of this model: other");
        assertThatThrownBy(() -> check(of("embed.weight", new float[8]))).isInstanceOf(InputException.class)
                .hasMessageContaining("shared.weight is [4, 2], expected [100, 2]");
    }
}
