package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class WeightLoaderTest {
    /** More than a core looks through at a time. */
    private static final int ELEMENTS = 3_000_001;

    @TempDir
    Path folder;

    /** The first one is named, whichever core comes upon one first. */
    @Test
    void namesTheFirstNanOfALargeTensor() {
        var values = new float[ELEMENTS];
        values[1_700_003] = Float.NaN;
        values[ELEMENTS - 1] = Float.POSITIVE_INFINITY;
        Path file = folder.resolve("large.safetensors");
        try (var writer = SafetensorsWriter.create(file,
                List.of(new TensorSpec("weight", ElementType.F32, Shape.of(ELEMENTS))), Map.of())) {
            writer.write("weight", MemorySegment.ofArray(values));
            writer.commit();
        }
        var layout = new TensorLayout();
        layout.tensor("weight", ELEMENTS);
        try (var loader = WeightLoader.openFile(file, layout); var _ = TensorScope.open()) {
            assertThatThrownBy(() -> loader.get("weight", ElementType.F32)).isInstanceOf(InputException.class)
                    .hasMessageContaining("tensor 'weight' holds a NaN or Inf at element 1700003");
        }
    }
}
