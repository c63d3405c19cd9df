package dvdquant.models.wan;

import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.BitPlan.Average;
import dvdquant.models.pipeline.BitPlan.Delta;
import dvdquant.models.pipeline.BitPlan.Fixed;
import dvdquant.models.pipeline.BitPlan.Placed;
import dvdquant.models.pipeline.BitPlan.Placement;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Final latents against full precision by how the bits are spread over 20 steps, with 4-bit weights (docs/quantization.md has
 * larger tables, by {@code compare} and {@code evaluate}). {@code -Dtable.prompts=4} for the whole table, else a part of it for two prompts: the end of
 * one depends on the last bits of what a processor sums, by some decibels.
 */
@NoLeaks
class BitsOverStepsTest {
    private static final List<String> PROMPTS = List.of("a large red circle moves right on a plain navy background",
            "a small green star spins in place on a plain black background",
            "a large yellow triangle bounces on a striped gray background",
            "a small white ring orbits the center on a gradient teal background");

    private record Outcome(double db, SampledSteps steps) {}

    @TempDir
    Path folder;

    @Test
    void anAverageOfSixBitsIsAtLeastHalfway() {
        int prompts = Integer.getInteger("table.prompts", 2);
        Map<BitPlan, List<Outcome>> table = table(prompts, prompts <= 2 ? few() : many());
        table.forEach((activations, outcomes) -> System.out.printf(Locale.ROOT, "%-28s %4.2f bits  %5.2f dB  %s%n",
                activations.label(), outcomes.stream().mapToDouble(o -> bits(o)).average().orElseThrow(),
                meanDb(outcomes), outcomes.getFirst().steps.schedule()));
        List<Outcome> six = table.get(new Average(6));
        assertThat(six).allSatisfy(outcome -> assertThat(bits(outcome)).isBetween(5.85, 6.15));
        double low = meanDb(table.get(new Fixed(4)));
        double high = meanDb(table.get(new Fixed(8)));
        assertThat(meanDb(six)).isGreaterThanOrEqualTo((low + high) / 2);
    }

    private static List<BitPlan> few() {
        return List.of(new Fixed(8), new Fixed(4), new Average(6));
    }

    private static List<BitPlan> many() {
        var all = new ArrayList<>(few());
        for (double delta : new double[]{.1, .2, .3, .5, 1, Double.POSITIVE_INFINITY}) {
            all.add(new Delta(delta));
        }
        Arrays.stream(Placement.values()).forEach(placement -> all.add(new Placed(placement, 6)));
        all.add(new Average(5));
        all.add(new Average(7));
        return all;
    }

    private Map<BitPlan, List<Outcome>> table(int prompts, List<BitPlan> rows) {
        Path model = folder.resolve("quantized");
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, false).run(
                Golden.MODEL.toAbsolutePath(), model,
                (_, _) -> {});
        var table = new LinkedHashMap<BitPlan, List<Outcome>>();
        try (var full = Pipelines.open(Golden.MODEL, LoadOptions.defaults());
                var quantized = Pipelines.open(model, LoadOptions.defaults())) {
            for (String prompt : PROMPTS.subList(0, prompts)) {
                GenerationRequest request = full.request(prompt).withSteps(20).withSeed(42);
                EncodedPrompt texts = full.encode(request, PipelineListener.NONE, new Cancellation());
                float[] reference = sample(full, request, texts, new ArrayList<>());
                for (BitPlan activations : rows) {
                    var steps = new ArrayList<StepRecord>();
                    float[] latents = sample(quantized, request.withActivations(activations), texts, steps);
                    table.computeIfAbsent(activations, _ -> new ArrayList<>())
                            .add(new Outcome(Sqnr.db(latents, reference), new SampledSteps(steps)));
                }
            }
        }
        return table;
    }

    private static float[] sample(VideoPipeline pipeline, GenerationRequest request, EncodedPrompt texts,
            List<StepRecord> steps) {
        var listener = new PipelineListener() {
            @Override
            public void onStep(StepRecord step) {
                steps.add(step);
            }
        };
        return pipeline.sample(request, texts, listener, new Cancellation()).values();
    }

    private static double bits(Outcome outcome) {
        return outcome.steps.averageBits().orElseThrow();
    }

    private static double meanDb(List<Outcome> outcomes) {
        return outcomes.stream().mapToDouble(Outcome::db).average().orElseThrow();
    }
}
