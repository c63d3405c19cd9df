package dvdquant.evaluate.judge;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.core.video.Video;
import dvdquant.core.video.Videos;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Against what the judge's authors' float64 implementation says of the golden clip, golden_judge.json. */
@NoLeaks
class JudgeTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    static final Path FOLDER = ROOT.resolve("demo/judge");
    private static final String CAPTION = "a large red circle moves right on a plain navy background";

    @TempDir
    Path folder;

    private static Video goldenClip() {
        try (var golden = new Golden()) {
            byte[] all = golden.bytes("video"); // [17, 128, 128, 3]
            int length = all.length / 17;
            var frames = new ArrayList<byte[]>();
            for (int i = 0; i < 17; i++) {
                frames.add(Arrays.copyOfRange(all, i * length, (i + 1) * length));
            }
            return new Video(128, 128, frames);
        }
    }

    private static float[] floats(List<Double> values) {
        var floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }

    @Test
    void saysOfTheGoldenClipWhatItsReferenceSays() {
        JsonFile golden = JsonFile.read(ROOT.resolve("evaluate/src/test/resources/golden/golden_judge.json"));
        try (Judge judge = Judge.open(FOLDER)) {
            Judgement judgement = judge.score(goldenClip());

            assertThat(judgement.features()).hasSize(128);
            assertThat(Arrays.copyOf(judgement.features(), 8)).containsExactly(floats(golden.numbers("features0_8")),
                    within(1e-4f));
            for (Attribute attribute : Attribute.values()) {
                JsonFile expected = golden.object(attribute.key());
                assertThat(judgement.answers().get(attribute)).isEqualTo(expected.text("answer"));
                assertThat(judgement.logits().get(attribute)).as(attribute.key())
                        .containsExactly(floats(expected.numbers("logits")), within(1e-4f));
            }
            var clip = new JudgedClip(JudgeCaption.parse(CAPTION, judge.questions()), judgement);
            assertThat(clip.isAllRight()).isTrue();
        }
    }

    @Test
    void seesNothingButClipsOfTheDemoWorld() {
        try (Judge judge = Judge.open(FOLDER)) {
            assertThatThrownBy(() -> judge.score(Videos.constant(128, 128, 1, 0))).isInstanceOf(InputException.class)
                    .hasMessage("the judge knows clips of 17 frames of 128×128 pixels, "
                            + "this is one of 1 frame of 128×128 pixels");
            assertThatThrownBy(() -> judge.score(Videos.constant(64, 128, 17, 0))).isInstanceOf(InputException.class)
                    .hasMessageEndingWith("17 frames of 64×128 pixels");
        }
    }

    @Test
    void refusesQuestionsThatItsWeightsDoNotAnswer() throws IOException {
        Files.copy(FOLDER.resolve("judge.safetensors"), folder.resolve("judge.safetensors"));
        String json = Files.readString(FOLDER.resolve("judge.json"));
        write(json.replace("\"small\",", "\"small\", \"medium\","));
        assertThatThrownBy(() -> Judge.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContainingAll("judge.safetensors", "heads.size.weight is [2, 128], expected [3, 128]");
        write(json.replace("\"size\"", "\"weight\""));
        assertThatThrownBy(() -> Judge.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContainingAll("judge.json", "\"size\" is missing");
        write(json.replace("\"small\"", "\"large\""));
        assertThatThrownBy(() -> Judge.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("\"size\" is [\"large\",\"large\"], expected two or more different answers");
        write(json.replace("\"size\"", "\"age\": [\"old\"], \"size\""));
        assertThatThrownBy(() -> Judge.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("\"age\" is [\"old\"], expected no such key");
        Files.delete(folder.resolve("judge.safetensors"));
        write(json);
        assertThatThrownBy(() -> Judge.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining("judge.safetensors: cannot be read: no such file");
    }

    private void write(String json) throws IOException {
        Files.writeString(folder.resolve("judge.json"), json);
    }
}
