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
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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

    private static Results evaluate(Path model, Path folder) {
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
            return new Evaluation(plan, store, models, scorer, new EvaluationListener() {}).run();
        }
    }
}
