package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.LayerName;
import dvdquant.models.survey.WeightSurvey;
import dvdquant.models.testing.RuledModel;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.MemoryLedger;
import dvdquant.tensor.Residence;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Two transformers that share the steps: quantized both or one, with bits that switch and steps that are skipped. */
@NoLeaks
class TwoExpertsTest {
    private static final String SECOND = "transformer_2";

    @TempDir
    static Path folder;

    private static Path model;
    private static Path both;
    private static Path one;

    @BeforeAll
    static void quantize() {
        model = RuledModel.write("wan22-t2v-a14b", folder);
        both = quantized("both", Pipelines.quantizedLayers(model));
        var second = new LinkedHashMap<String, LayerSelection>();
        second.put(SECOND, Pipelines.quantizedLayers(model).get(SECOND));
        one = quantized("one", second);
    }

    private static Path quantized(String name, SequencedMap<String, LayerSelection> layers) {
        Path target = folder.resolve(name);
        new Quantizer(Method.DVD_QUANT.recipe(4), layers, 2, false).run(model, target, (_, _) -> {});
        return target;
    }

    /** What one sampling of some steps came to. */
    private static final class Run implements PipelineListener {
        final List<StepRecord> steps = new ArrayList<>();
        final List<String> warnings = new ArrayList<>();
        final List<List<Boolean>> schedules = new ArrayList<>();
        int loaded;
        float[] latents;

        Run(VideoPipeline pipeline, int count, UnaryOperator<GenerationRequest> change) {
            GenerationRequest request = change.apply(pipeline.request("a red circle grows").withNegativePrompt("blurry")
                    .withSize(5, 64, 64).withSteps(count).withSeed(7));
            EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            latents = pipeline.sample(request, texts, this, new Cancellation()).values();
        }

        static Run of(Path model, int count, UnaryOperator<GenerationRequest> change) {
            try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
                return new Run(pipeline, count, change);
            }
        }

        String schedule() {
            return new SampledSteps(steps).schedule();
        }

        @Override
        public void onStep(StepRecord step) {
            steps.add(step);
        }

        @Override
        public void onProgress(Progress progress) {
            if (progress instanceof Progress.Loading(int done, int _)) loaded += done;
        }

        @Override
        public void onSkipSchedule(List<Boolean> computed) {
            schedules.add(computed);
        }

        @Override
        public void onWarning(String warning) {
            warnings.add(warning);
        }
    }

    private static GenerationRequest same(GenerationRequest request) {
        return request;
    }

    private static UnaryOperator<GenerationRequest> boundary(double ratio) {
        return request -> request.with(request.sampling().withBoundary(ratio));
    }

    private static UnaryOperator<GenerationRequest> guidance(Guidance guidance) {
        return request -> request.with(request.sampling().withGuidance(guidance));
    }

    @Test
    void theBoundaryOfTheFolderHoldsUnlessOneAsksForAnother() {
        float[] own = Run.of(model, 6, TwoExpertsTest::same).latents;
        assertThat(Run.of(model, 6, boundary(.875)).latents).isEqualTo(own);
        assertThat(Run.of(model, 6, boundary(.5)).latents).isNotEqualTo(own);
        Run first = Run.of(model, 6, boundary(0));
        Run second = Run.of(model, 6, boundary(1));
        assertThat(first.loaded).isOne();
        assertThat(second.loaded).isOne();
        assertThat(first.latents).isNotEqualTo(own).isNotEqualTo(second.latents);
    }

    @Test
    void theSecondGuidanceIsTheFirstUnlessItIsGiven() {
        float[] same = Run.of(model, 6, guidance(Guidance.of(4))).latents;
        assertThat(Run.of(model, 6, guidance(Guidance.of(4).withSecond(4))).latents).isEqualTo(same);
        assertThat(Run.of(model, 6, guidance(Guidance.of(4).withSecond(3))).latents).isNotEqualTo(same);
        // whether there are two passes is asked of the first alone
        Run unguided = Run.of(model, 6, guidance(Guidance.of(1).withSecond(3)));
        assertThat(unguided.steps).allMatch(step -> step.forwards().size() == 1);
        Run once = Run.of(model, 6, guidance(Guidance.of(4).withSecond(1)));
        assertThat(once.steps).allMatch(step -> step.forwards().size() == 2);
    }

    @Test
    void quantizedExpertsAreNearTheModel() {
        float[] full = Run.of(model, 6, TwoExpertsTest::same).latents;
        Run ofBoth = Run.of(both, 6, TwoExpertsTest::same);
        Run ofOne = Run.of(one, 6, TwoExpertsTest::same);
        assertThat(ofBoth.schedule()).isEqualTo("888888");
        int boundary = (int) ofOne.steps.stream().filter(step -> step.timestep() >= 875).count();
        assertThat(ofOne.schedule()).isEqualTo("F".repeat(boundary) + "8".repeat(6 - boundary));
        assertThat(Sqnr.db(ofBoth.latents, full)).isGreaterThan(22);
        assertThat(Sqnr.db(ofOne.latents, full)).isGreaterThan(Sqnr.db(ofBoth.latents, full));
    }

    @Test
    void whatIsQuantizedIsTold() {
        try (var pipeline = Pipelines.open(one, LoadOptions.defaults())) {
            assertThat(pipeline.transformers()).containsExactly("transformer", SECOND);
            assertThat(pipeline.quantization("transformer")).isEmpty();
            assertThat(pipeline.quantization()).isEqualTo(pipeline.quantization(SECOND)).isPresent();
        }
        assertThat(Pipelines.size(both).layers()).isEqualTo(40);
    }

    /** δ, and what an average is taken over, are of each transformer's own steps. */
    @Test
    void bitsSwitchAnewInEach() {
        Run run = Run.of(both, 12,
                request -> boundary(.8).apply(request).withActivations(new BitPlan.Delta(Double.POSITIVE_INFINITY)));
        int boundary = (int) run.steps.stream().filter(step -> step.timestep() >= 800).count();
        assertThat(boundary).isBetween(4, 8);
        assertThat(run.schedule()).isEqualTo("88" + "4".repeat(boundary - 3) + "8" + "88" + "4".repeat(9 - boundary)
                + "8");
        assertThat(run.steps).filteredOn(step -> step.change().isEmpty()).extracting(StepRecord::step)
                .containsExactly(0, boundary);
        Run average = Run.of(both, 12,
                request -> boundary(.8).apply(request).withActivations(new BitPlan.Average(6.5)));
        assertThat(average.steps.subList(0, boundary)).extracting(StepRecord::activationBits).contains(4);
        assertThat(average.schedule()).startsWith("88").endsWith("8");
        assertThat(average.schedule().substring(boundary)).startsWith("88");
        Run pattern = Run.of(both, 6, request -> request.withActivations(new BitPlan.Pattern("848484")));
        assertThat(pattern.schedule()).isEqualTo("848484");
    }

    private static UnaryOperator<GenerationRequest> skipping(double threshold) {
        return request -> boundary(.8).apply(request).with(Acceleration.defaults()
                .withCache(new TeaCache(OptionalDouble.of(threshold), Optional.empty())));
    }

    @Test
    void stepsAreSkippedWithinEach() {
        float[] without = Run.of(model, 12, boundary(.8)).latents;
        assertThat(Run.of(model, 12, skipping(0)).latents).isEqualTo(without);
        Run run = Run.of(model, 12, skipping(100)); // all but what is computed always
        int boundary = (int) run.steps.stream().filter(step -> step.timestep() >= 800).count();
        List<Boolean> computed = run.steps.stream().map(step -> step.computed() > 0).toList();
        assertThat(run.schedules).containsExactly(computed.subList(0, boundary), computed);
        assertThat(IntStream.range(0, 12).filter(computed::get).toArray()).containsExactly(0, boundary - 1, boundary,
                11);
        assertThat(run.latents).isNotEqualTo(without);
        assertThat(run.warnings).singleElement().asString().contains("with 12 each skipped step costs");
    }

    @Test
    void noThresholdIsFittedToTwo() {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            assertThatThrownBy(() -> pipeline.check(pipeline.request("a").with(Acceleration.defaults()
                    .withCache(new TeaCache(OptionalDouble.empty(), Optional.empty())))))
                    .isInstanceOf(InputException.class).hasMessageContaining("expected one, such as 0.1");
        }
    }

    @Test
    void bothStayForTheNextClip() {
        try (var pipeline = Pipelines.open(both, LoadOptions.defaults())) {
            Run first = new Run(pipeline, 6, TwoExpertsTest::same);
            assertThat(first.loaded).isEqualTo(2);
            Run second = new Run(pipeline, 6, TwoExpertsTest::same);
            assertThat(second.loaded).isZero();
            assertThat(second.latents).isEqualTo(first.latents);
            // in other arithmetic each is loaded anew, once
            assertThat(new Run(pipeline, 6, request -> request.withActivations(new BitPlan.Full())).loaded)
                    .isEqualTo(2);
        }
    }

    /** A device with memory for one of them. */
    private static ComputeDevice withFree(ComputeDevice device, long bytes) {
        var memory = new MemoryLedger(() -> bytes);
        return (ComputeDevice) Proxy.newProxyInstance(TwoExpertsTest.class.getClassLoader(),
                new Class<?>[]{ComputeDevice.class}, (_, method, arguments) -> method.getName().equals("memory")
                        ? memory
                        : method.invoke(device, arguments));
    }

    @Test
    void oneGoesForTheOtherWhereThereIsNoRoomForBoth() {
        try (var device = CpuDevice.open(2)) {
            MemoryPlan roomy;
            float[] expected;
            LoadOptions on = LoadOptions.defaults().withResidence(Residence.EXPANDED);
            try (var pipeline = Pipelines.open(both, on.withDevice(device))) {
                roomy = pipeline.plan(pipeline.request("a").withSize(5, 64, 64));
                expected = new Run(pipeline, 6, TwoExpertsTest::same).latents;
            }
            assertThat(roomy.phase("sample").needs()).extracting(MemoryPlan.Need::name).contains(
                    "transformer's weights as 8-bit integers", "transformer_2's weights as 8-bit integers");
            ComputeDevice tight = withFree(device, roomy.phase("sample").bytes() - 1);
            try (var pipeline = Pipelines.open(both, on.withDevice(tight))) {
                MemoryPlan plan = pipeline.plan(pipeline.request("a").withSize(5, 64, 64));
                assertThat(plan.fits("sample")).isTrue();
                assertThat(plan.phase("sample").needs()).extracting(MemoryPlan.Need::name)
                        .contains("the weights of one transformer at a time as 8-bit integers");
                for (int clip = 0; clip < 2; clip++) {
                    Run run = new Run(pipeline, 6, TwoExpertsTest::same);
                    assertThat(run.loaded).isEqualTo(2);
                    assertThat(run.latents).isEqualTo(expected);
                }
            }
        }
    }

    /** Clips in other threads wait where they need another transformer, and all end. */
    @Test
    void clipsSideBySideAreThoseMadeOneAfterTheOther() throws Exception {
        try (var device = CpuDevice.open(2)) {
            long bytes;
            List<float[]> expected = new ArrayList<>();
            try (var pipeline = Pipelines.open(model, LoadOptions.defaults().withDevice(device))) {
                bytes = pipeline.plan(pipeline.request("a").withSize(5, 64, 64)).phase("sample").bytes();
                for (int seed = 0; seed < 3; seed++) {
                    expected.add(new Run(pipeline, 4, seed(seed)).latents);
                }
            }
            for (long free : List.of(Long.MAX_VALUE / 2, bytes - 1)) {
                try (var pipeline = Pipelines.open(model, LoadOptions.defaults().withDevice(withFree(device, free)));
                        ExecutorService threads = Executors
                                .newCachedThreadPool(Thread.ofPlatform().daemon().factory())) {
                    pipeline.plan(pipeline.request("a").withSize(5, 64, 64));
                    List<Callable<float[]>> clips = IntStream.range(0, 3)
                            .mapToObj(seed -> (Callable<float[]>) () -> new Run(pipeline, 4, seed(seed)).latents)
                            .toList();
                    List<Future<float[]>> found = threads.invokeAll(clips, 120, TimeUnit.SECONDS);
                    for (int seed = 0; seed < 3; seed++) {
                        assertThat(found.get(seed).get()).isEqualTo(expected.get(seed));
                    }
                }
            }
        }
    }

    private static UnaryOperator<GenerationRequest> seed(long seed) {
        return request -> request.withSeed(seed);
    }

    @Test
    void errorsAreMeasuredOfBoth() {
        WeightSurvey ofBoth = WeightSurvey.against(both, model, 2, (_, _) -> {});
        assertThat(ofBoth.layers()).hasSize(40);
        assertThat(ofBoth.layers()).extracting(layer -> layer.name().full()).doesNotHaveDuplicates()
                .contains("blocks.0.attn1.to_q", SECOND + ".blocks.1.ffn.net.2");
        assertThat(ofBoth.layers()).extracting(layer -> layer.name().kind())
                .contains("attn1.to_q", SECOND + ".attn1.to_q");
        WeightSurvey ofOne = WeightSurvey.against(one, model, 2, (_, _) -> {});
        assertThat(ofOne.layers()).extracting(layer -> layer.name().full())
                .containsExactlyElementsOf(ofBoth.layers().subList(20, 40).stream().map(layer -> layer.name().full())
                        .toList());
        assertThat(ofOne.total().storedDb()).isPresent();
        assertThat(WeightSurvey.of(model, Method.DVD_QUANT.recipe(4).weights(), 2, (_, _) -> {}).layers()).hasSize(40);
    }

    @Test
    void activationsAreDrawnOfBoth() {
        Path small = folder.resolve("small");
        copyWithSize(small);
        ActivationSurvey survey = ActivationSurvey.run(
                new ActivationSurvey.Request(small, List.of(new Prompt("a red ball")),
                        OptionalInt.of(4), 0, OptionalInt.of(2), Method.DVD_QUANT.recipe(4).weights().rotation()),
                PipelineListener.NONE, new Cancellation());
        List<String> names = survey.layers().stream().flatMap(layer -> layer.layers().stream()).map(LayerName::full)
                .toList();
        assertThat(names).hasSize(40).doesNotHaveDuplicates().contains("blocks.0.attn1.to_q",
                SECOND + ".blocks.0.attn1.to_q");
        assertThat(survey.mostExtremeFirst()).allMatch(layer -> layer.asIs().highest().length > 0);
    }

    /** The model with a size of its own, since a clip of the usual one is large. */
    private static void copyWithSize(Path target) {
        try (Stream<Path> files = Files.list(model)) {
            Files.createDirectory(target);
            for (Path file : files.toList()) {
                Files.createSymbolicLink(target.resolve(file.getFileName()), file);
            }
            Path index = target.resolve("model_index.json");
            String text = Files.readString(index);
            Files.delete(index);
            Files.writeString(index, text.replaceFirst("\\{",
                    "{\"_dvdquant\": {\"frames\": 5, \"height\": 64, \"width\": 64},"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void calibrationSeesBoth() {
        CalibrationData seen = Calibration.run(model, LoadOptions.defaults(), List.of(new Prompt("a red ball")),
                request -> request.withSize(5, 64, 64).withSteps(4), PipelineListener.NONE, new Cancellation()).data();
        assertThat(seen.ofComponents().keySet()).containsExactlyInAnyOrder("transformer", SECOND);
        assertThatThrownBy(
                () -> Calibration.run(one, LoadOptions.defaults(), List.of(new Prompt("a")), UnaryOperator.identity(),
                        PipelineListener.NONE, new Cancellation()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(SECOND);
    }
}
