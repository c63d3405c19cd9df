package dvdquant.app.evaluate;

import dvdquant.app.evaluate.plan.Sample;
import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VbenchExportTest {
    @Test
    void namesClipsByPromptAndIndex() {
        assertThat(Sample.of(List.of("A 3D model of a 1800s victorian house.", "a cat"), 2, 7))
                .map(VbenchExport::name).containsExactly("A 3D model of a 1800s victorian house.-0.mp4",
                        "A 3D model of a 1800s victorian house.-1.mp4", "a cat-0.mp4", "a cat-1.mp4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a cat/dog", "nul\0", "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"
            + "éééééééééééééééééééééééééééééééééééééééééééééééééééééé"})
    void refusesPromptsThatNoFileCanBeCalledAfter(String prompt) {
        List<Sample> samples = Sample.of(List.of("fine", prompt), 1, 0);
        assertThatThrownBy(() -> VbenchExport.check(samples)).isInstanceOf(InputException.class)
                .hasMessageContaining(prompt);
        VbenchExport.check(samples.subList(0, 1));
    }
}
