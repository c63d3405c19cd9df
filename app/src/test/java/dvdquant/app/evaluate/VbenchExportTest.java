package dvdquant.app.evaluate;

import dvdquant.app.evaluate.plan.Sample;
import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VbenchExportTest {
    @TempDir
    Path folder;

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
        assertThatThrownBy(() -> VbenchExport.check(samples, folder)).isInstanceOf(InputException.class)
                .hasMessageContaining(prompt);
        VbenchExport.check(samples.subList(0, 1), folder);
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws IOException {
        Path file = Files.createFile(folder.resolve("taken"));
        assertThatThrownBy(() -> VbenchExport.check(Sample.of(List.of("fine"), 1, 0), file))
                .isInstanceOf(InputException.class).hasMessageContaining("taken: it is a file, expected a folder");
    }
}
