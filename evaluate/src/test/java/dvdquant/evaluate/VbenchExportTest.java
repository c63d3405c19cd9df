package dvdquant.evaluate;

import dvdquant.core.InputException;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.ModelSource;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.report.Standing;
import dvdquant.models.pipeline.Acceleration;
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
    private static final List<Sample> FINE = Sample.of(List.of("fine"), 1, 0);
    private static final List<Candidate> NO_MODELS = List.of(Candidate.reference());

    @TempDir
    Path folder;

    private static Candidate model(String name) {
        return new Candidate("W4A8 " + name, name, "W4A8", Standing.GENUINE, new ModelSource.Folder(Path.of(name)),
                Acceleration.defaults());
    }

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
        assertThatThrownBy(() -> VbenchExport.check(samples, NO_MODELS, folder)).isInstanceOf(InputException.class)
                .hasMessageContaining(prompt);
        VbenchExport.check(samples.subList(0, 1), NO_MODELS, folder);
    }

    @Test
    void refusesModelsWhoseClipsWouldShareAFolder() {
        List<Candidate> models = List.of(Candidate.reference(), model("m-2"), model("m+1"), model("M_1"));
        assertThatThrownBy(() -> VbenchExport.check(FINE, models, folder)).isInstanceOf(InputException.class)
                .hasMessage("--export-vbench: the clips of 'W4A8 m+1' and of 'W4A8 M_1' would both go to the folder "
                        + "w4a8-m-1, expected models whose names differ in letters or digits");
        VbenchExport.check(FINE, models.subList(0, 3), folder);
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws IOException {
        Path file = Files.createFile(folder.resolve("taken"));
        assertThatThrownBy(() -> VbenchExport.check(FINE, NO_MODELS, file))
                .isInstanceOf(InputException.class).hasMessageContaining("taken: it is a file, expected a folder");
    }

    @Test
    void refusesAFolderWithClipsOfAnotherExport() throws IOException {
        Path row = Files.createDirectory(folder.resolve("full-precision"));
        Files.createFile(row.resolve("fine-0.mp4"));
        Files.createFile(row.resolve("notes.txt"));
        VbenchExport.check(FINE, NO_MODELS, folder);
        Files.createFile(row.resolve("other-0.mp4"));
        assertThatThrownBy(() -> VbenchExport.check(FINE, NO_MODELS, folder)).isInstanceOf(InputException.class)
                .hasMessage(
                        "--export-vbench: " + row + " holds other-0.mp4 of another export, which VBench would score as "
                                + "one of this one's clips; expected a folder of its own");
    }
}
