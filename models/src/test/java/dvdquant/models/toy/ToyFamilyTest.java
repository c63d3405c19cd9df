package dvdquant.models.toy;

import dvdquant.core.InputException;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A family that is not Wan goes all the way: what all families share knows none of them. */
@NoLeaks
class ToyFamilyTest {
    private static final String PROMPT = "a red ball";
    @TempDir
    Path folder;

    @Test
    void generates() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), false);
        Video clip = generate(model, PROMPT, request -> request);
        assertThat(clip.frames()).hasSize(5);
        assertThat(clip.width()).isEqualTo(48);
        assertThat(clip.height()).isEqualTo(32);
        assertThat(bytes(generate(model, PROMPT, request -> request))).isEqualTo(bytes(clip));
        assertThat(bytes(generate(model, "a blue box", request -> request))).isNotEqualTo(bytes(clip));
        assertThat(bytes(generate(model, PROMPT, request -> request.withGuidance(1)))).isNotEqualTo(bytes(clip));
    }

    @Test
    void namesWhatItsClipsAreLike() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), false);
        assertThatThrownBy(() -> generate(model, PROMPT, request -> request.withSize(4, 32, 48)))
                .isInstanceOf(InputException.class)
                .hasMessage("frames: 4, expected a multiple of 2 plus 1, such as 3 or 5");
        assertThatThrownBy(() -> generate(model, PROMPT, request -> request.withSize(5, 30, 48)))
                .hasMessage("height: 30, expected a multiple of 4, such as 28 or 32");
    }

    @Test
    void isQuantizedAndGeneratesThen() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), true);
        Path quantized = folder.resolve("toy-w4");
        Pipelines.alsoOf(List.of(new ToyFamily()), () -> {
            new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(model), Optional.empty(), 1, false)
                    .run(model, quantized, (_, _) -> {});
            assertThat(Pipelines.size(quantized).layers()).isEqualTo(8); // four of each transformer
            return null;
        });
        byte[] full = bytes(generate(model, PROMPT, request -> request));
        byte[] eight = bytes(generate(quantized, PROMPT, request -> request.withActivations(new BitPlan.Fixed(8))));
        byte[] switched = bytes(
                generate(quantized, PROMPT, request -> request.withActivations(new BitPlan.Average(6))));
        assertThat(eight).isNotEqualTo(full).isNotEqualTo(switched);
    }

    @Test
    void skipsByTeaCache() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), false);
        var steps = new ArrayList<StepRecord>();
        open(model, pipeline -> pipeline.generate(cached(pipeline), new PipelineListener() {
            @Override
            public void onStep(StepRecord step) {
                steps.add(step);
            }
        }, new Cancellation()));
        assertThat(steps).hasSize(6).anyMatch(step -> step.computed() == 0).anyMatch(step -> step.computed() == 2);
    }

    private static GenerationRequest cached(VideoPipeline pipeline) {
        return pipeline.request(PROMPT).with(Acceleration.defaults()
                .withCache(new TeaCache(OptionalDouble.of(0.5), Optional.empty())));
    }

    /** The second is loaded where its steps begin, nothing is remembered from the first, and both stay for the next clip. */
    @Test
    void twoTransformersShareTheSteps() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), true);
        var heard = new ArrayList<String>();
        var listener = new PipelineListener() {
            @Override
            public void onProgress(Progress progress) {
                if (progress instanceof Progress.Loading(int done, int _) && done == 1) heard.add("loaded");
            }

            @Override
            public void onStep(StepRecord step) {
                heard.add((step.timestep() < 500 ? "late" : "early") + (step.change().isPresent() ? "" : ", new"));
            }
        };
        open(model, pipeline -> {
            GenerationRequest request = pipeline.request(PROMPT);
            EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            float[] first = pipeline.sample(request, texts, listener, new Cancellation()).values();
            assertThat(heard).containsExactly("loaded", "early, new", "early", "early", "early", "loaded",
                    "late, new", "late");
            heard.clear();
            assertThat(pipeline.sample(request, texts, listener, new Cancellation()).values()).isEqualTo(first);
            assertThat(heard).doesNotContain("loaded");
            return null;
        });
    }

    /** Each transformer's first and last steps are computed: what one added is of no use to the other. */
    @Test
    void twoTransformersSkipEachItsOwn() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), true);
        var schedules = new ArrayList<List<Boolean>>();
        var computed = new ArrayList<Boolean>();
        open(model, pipeline -> pipeline.generate(cached(pipeline).withSteps(12), new PipelineListener() {
            @Override
            public void onSkipSchedule(List<Boolean> schedule) {
                schedules.add(schedule);
            }

            @Override
            public void onStep(StepRecord step) {
                computed.add(step.computed() > 0);
            }
        }, new Cancellation()));
        assertThat(schedules).hasSize(2);
        int boundary = schedules.getFirst().size();
        assertThat(schedules.getLast()).isEqualTo(computed).startsWith(schedules.getFirst().toArray(Boolean[]::new));
        assertThat(List.of(computed.getFirst(), computed.get(boundary - 1), computed.get(boundary),
                computed.getLast())).containsOnly(true);
        assertThat(computed.subList(0, boundary)).contains(false);
    }

    @Test
    void aBoundaryAndASecondGuidanceAreOfTwoTransformers() throws IOException {
        Path model = ToyCheckpoint.write(folder.resolve("toy"), false);
        open(model, pipeline -> {
            GenerationRequest request = pipeline.request(PROMPT);
            assertThat(pipeline.boundary(request)).isEmpty();
            assertThatThrownBy(() -> pipeline.check(request.with(request.sampling().withBoundary(.7))))
                    .isInstanceOf(InputException.class)
                    .hasMessage("boundary: 0.7, expected none: this model has one transformer");
            assertThatThrownBy(() -> pipeline.check(request.with(
                    request.sampling().withGuidance(request.sampling().guidance().withSecond(2)))))
                    .isInstanceOf(InputException.class)
                    .hasMessage("second guidance: 2.0, expected none: this model has one transformer");
            return null;
        });
    }

    private static byte[] bytes(Video clip) {
        return clip.frames().getLast();
    }

    private static Video generate(Path model, String prompt,
            UnaryOperator<GenerationRequest> change) {
        return open(model, pipeline -> pipeline.generate(change.apply(pipeline.request(prompt).withSeed(7)),
                PipelineListener.NONE, new Cancellation()));
    }

    private static <T> T open(Path model, Function<VideoPipeline, T> work) {
        return Pipelines.alsoOf(List.of(new ToyFamily()), () -> {
            try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
                return work.apply(pipeline);
            }
        });
    }
}
