package dvdquant.evaluate;

import dvdquant.core.quantize.Method;
import dvdquant.evaluate.plan.BitWidth;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Candidates;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.store.ResultStore;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.toy.ToyCheckpoint;
import dvdquant.models.toy.ToyFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Models of a family that is not Wan are quantized, sampled and compared. */
class ToyEvaluationTest {
    private static final List<String> PROMPTS = List.of("a red ball", "a blue box");

    @Test
    void evaluates(@TempDir Path folder) throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), false);
        Results results = Pipelines.alsoOf(List.of(new ToyFamily()), () -> evaluate(model, folder));
        assertThat(results.candidates()).hasSize(2);
        var quantized = results.candidates().getLast();
        assertThat(quantized.model().layerDb().keySet()).containsExactly("layers.0.down", "layers.0.up",
                "layers.1.down", "layers.1.up");
        assertThat(quantized.clips()).hasSize(2).allSatisfy(clip -> assertThat(clip.file()).isNotEmptyFile());
        assertThat(quantized.model().bitsAWeight()).isLessThan(6);
    }

    @Test
    void numbersOfAnotherInputAreNeverShown(@TempDir Path folder) throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), false);
        assertThat(doneBefore(model, folder)).isZero();
        Files.writeString(model.resolve("README.md"), "of no account");
        Path lost = Files.createDirectory(model.resolve("lost+found"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
        Files.createSymbolicLink(model.resolve("transformer/cycle"), model);
        assertThat(doneBefore(model, folder)).as("with files that nothing reads").isEqualTo(4);
        Files.delete(lost);

        Path clip;
        try (var files = Files.walk(folder.resolve("report/work"))) {
            clip = files.filter(file -> file.endsWith("clip.mp4")).findFirst().orElseThrow();
        }
        Files.write(clip, new byte[0]);
        assertThat(doneBefore(model, folder)).as("with a clip cut short").isEqualTo(3);
        assertThat(clip).isNotEmptyFile();

        for (String component : List.of("transformer", "autoencoder")) {
            changeInPlace(model.resolve(component).resolve("diffusion_pytorch_model.safetensors"));
            assertThat(doneBefore(model, folder)).as("with another " + component).isZero();
        }
    }

    /** The last weight's sign, with size and time kept. */
    private static void changeInPlace(Path weights) throws IOException {
        FileTime time = Files.getLastModifiedTime(weights);
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= (byte) 0x80;
        Files.write(weights, bytes);
        Files.setLastModifiedTime(weights, time);
    }

    /** Clips that an evaluation takes from an earlier run. */
    private static int doneBefore(Path model, Path folder) {
        var done = new AtomicInteger();
        Pipelines.alsoOf(List.of(new ToyFamily()), () -> evaluate(model, folder, new EvaluationListener() {
            @Override
            public void onPlan(int clips, int before) {
                done.set(before);
            }
        }));
        return done.get();
    }

    private static Results evaluate(Path model, Path folder) {
        return evaluate(model, folder, new EvaluationListener() {});
    }

    private static Results evaluate(Path model, Path folder, EvaluationListener listener) {
        LoadOptions load = LoadOptions.defaults();
        GenerationRequest request;
        try (VideoPipeline pipeline = Pipelines.open(model, load)) {
            request = pipeline.request(PROMPTS.getFirst());
        }
        var plan = new Plan("test", model, load, "cpu", request, 8, Sample.of(PROMPTS, 1, 42),
                List.of(Candidate.reference(), Candidates.of(Method.DVD_QUANT, new BitWidth(4, 8))));
        try (var store = ResultStore.open(folder.resolve("report"));
                var scorer = Scorer.open(Optional.empty(), Optional.empty(), PROMPTS, false)) {
            var models = new CandidateModels(plan, store, new ModelMaker(plan, List.of()), folder.resolve("models"),
                    true);
            return new Evaluation(plan, store, models, scorer, listener).run();
        }
    }
}
