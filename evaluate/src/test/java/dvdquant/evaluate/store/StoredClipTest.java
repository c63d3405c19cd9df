package dvdquant.evaluate.store;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.format.Shape;
import dvdquant.core.video.Video;
import dvdquant.evaluate.judge.Attribute;
import dvdquant.evaluate.judge.Judgement;
import dvdquant.evaluate.store.Measured.Fidelity;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StoredClipTest {
    private static final Fingerprint MADE_FROM = Fingerprint.of("seed", 42);
    private static final Fingerprint MEASURING = Fingerprint.of("judge", "none");
    private static final Latents LATENTS = new Latents(Shape.of(1, 1, 1, 1, 2), new float[]{1, 2});
    private static final SamplingRecord SAMPLING = new SamplingRecord(List.of(
            new StepRecord(0, 999, 8, List.of(Forward.COMPUTED, Forward.COMPUTED), OptionalDouble.empty(),
                    OptionalDouble.empty(), 0.25),
            new StepRecord(1, 500.5, 4, List.of(Forward.COMPUTED, Forward.SKIPPED), OptionalDouble.of(0.125),
                    OptionalDouble.of(0.25), 0.5),
            new StepRecord(2, 0, 4, List.of(Forward.COMPUTED), OptionalDouble.of(0),
                    OptionalDouble.of(Double.POSITIVE_INFINITY), 0.5)),
            List.of(20.5, 18.25), 123);

    @TempDir
    Path report;

    private ResultStore store;

    @BeforeEach
    void open() {
        store = ResultStore.open(report);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private StoredClip clip() {
        return store.clip(MADE_FROM);
    }

    private Path file(String name) {
        return report.resolve("work").resolve(MADE_FROM.key()).resolve(name);
    }

    private static Judgement judgement() {
        var answers = new EnumMap<Attribute, String>(Attribute.class);
        var logits = new EnumMap<Attribute, float[]>(Attribute.class);
        for (Attribute attribute : Attribute.values()) {
            answers.put(attribute, "red");
            logits.put(attribute, new float[]{0.5f, -1});
        }
        return new Judgement(logits, answers, new float[]{3, 4});
    }

    @Test
    void givesBackWhatWasKept() throws IOException {
        assertThat(clip().sampling()).isEmpty();
        assertThat(clip().latents()).isEmpty();
        clip().sampled(LATENTS, List.of(LATENTS, LATENTS), SAMPLING);
        assertThat(clip().sampling()).contains(SAMPLING);
        assertThat(clip().latents().orElseThrow().values()).containsExactly(1, 2);
        assertThat(clip().path()).hasSize(2).allSatisfy(step -> assertThat(step).containsExactly(1, 2));

        var measured = new Measured(
                Optional.of(new Fidelity(Double.POSITIVE_INFINITY, List.of(30.0, 100.0), List.of(0.5, 1.0),
                        Optional.of(List.of(0.25)))),
                0.125, Optional.of(judgement()));
        Files.writeString(clip().file(), "a clip");
        clip().measured(measured, MEASURING);
        Measured read = clip().measured(MEASURING).orElseThrow();
        assertThat(read).usingRecursiveComparison().isEqualTo(measured);
        assertThat(clip().measured(Fingerprint.of("judge", "another"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a cl", "a clIp", "a clip "})
    void aClipThatIsNotTheOneMeasuredCountsAsNone(String left) throws IOException {
        clip().sampled(LATENTS, List.of(), SAMPLING);
        Files.writeString(clip().file(), "a clip");
        clip().measured(new Measured(Optional.empty(), 0.125, Optional.empty()), MEASURING);
        assertThat(clip().measured(MEASURING)).isPresent();
        Files.writeString(clip().file(), left);
        assertThat(clip().measured(MEASURING)).isEmpty();
        Files.delete(clip().file());
        assertThat(clip().measured(MEASURING)).isEmpty();
    }

    @Test
    void ofAnEarlierVersionAClipIsMadeAgain() throws IOException {
        Files.createDirectories(clip().file().getParent());
        Files.writeString(clip().file(), "a clip");
        Files.writeString(file("measured.json"),
                "{\"made_from\": \"seed: 42\\njudge: none\\n\", \"flicker\": 0.5}");
        assertThat(clip().measured(MEASURING)).isEmpty();
    }

    @Test
    void aScoreThatIsNoNumberIsRefused() {
        assertThatThrownBy(() -> new Fidelity(20, List.of(30.0), List.of(0.5), Optional.of(List.of(Double.NaN))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Fidelity(20, List.of(), List.of(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsPixelsAsTheyAre() {
        var video = new Video(2, 1, List.of(new byte[]{0, 1, 2, 3, 4, -1}, new byte[]{9, 8, 7, 6, 5, 4}));
        assertThat(clip().hasFrames()).isFalse();
        clip().keepFrames(video);
        assertThat(clip().hasFrames()).isTrue();
        assertThat(clip().requireFrames()).usingRecursiveComparison().isEqualTo(video);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "{\"made_from\": 1}", "{\"made_from\": \"seed: 42\\n\"}",
            "{\"made_from\": \"seed: 42\\n\", \"timesteps\": [1], \"bits\": [], \"forwards\": [], \"changes\": [], \"seconds\": []}",
            "{\"made_from\": \"seed: 42\\n\", \"timesteps\": [\"x\"]}",
            "{\"made_from\": \"seed: 43\\n\", \"timesteps\": [], \"bits\": [], \"forwards\": [], \"changes\": [], "
                    + "\"seconds\": [], \"step_db\": [], \"peak_bytes\": 1}"})
    void aDamagedFileCountsAsNone(String damaged) throws IOException {
        clip().sampled(LATENTS, List.of(), SAMPLING);
        Files.writeString(file("sampling.json"), damaged);
        assertThat(clip().sampling()).isEmpty();
        assertThat(clip().latents()).isEmpty();
    }

    @Test
    void damagedLatentsCountAsNone() throws IOException {
        clip().sampled(LATENTS, List.of(LATENTS), SAMPLING);
        Files.writeString(file("latents.safetensors"), "nothing of the kind");
        Files.writeString(file("path.safetensors"), "nothing of the kind");
        assertThat(clip().latents()).isEmpty();
        assertThat(clip().path()).isEmpty();
    }

    @Test
    void damagedPixelsOfAReferenceAreNamed() throws IOException {
        clip().keepFrames(new Video(1, 1, List.of(new byte[3])));
        Files.writeString(file("frames.safetensors"), "nothing of the kind");
        assertThat(clip().hasFrames()).isFalse();
        assertThatThrownBy(() -> clip().requireFrames()).isInstanceOf(InputException.class)
                .hasMessageContaining("frames.safetensors");
    }
}
