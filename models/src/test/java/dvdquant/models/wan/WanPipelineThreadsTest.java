package dvdquant.models.wan;

import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.EncodedPrompt;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Several threads with one pipeline. */
@NoLeaks
class WanPipelineThreadsTest {
    /** Such that a test that fails by waiting for ever ends. */
    private static final ExecutorService THREADS = Executors
            .newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void quantize() {
        model = folder.resolve("quantized");
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, false)
                .run(Golden.MODEL.toAbsolutePath(), model, (_, _) -> {});
    }

    /** Two of one arithmetic, and one that needs the weights in another form. */
    private static List<GenerationRequest> requests(VideoPipeline pipeline) {
        GenerationRequest first = pipeline.request("a red circle grows").withSteps(3).withSize(5, 64, 64).withSeed(1);
        GenerationRequest unquantized = first
                .with(Acceleration.defaults().withActivations(new BitPlan.Full()));
        return List.of(first, pipeline.request("a blue square").withSteps(4).withSize(5, 64, 96).withSeed(2),
                unquantized);
    }

    @Test
    void clipsSideBySideAreThoseMadeOneAfterTheOther() throws Exception {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults().withThreads(1))) {
            List<List<byte[]>> expected = new ArrayList<>();
            for (GenerationRequest request : requests(pipeline)) {
                expected.add(frames(pipeline, request, PipelineListener.NONE));
            }
            List<Callable<List<byte[]>>> clips = requests(pipeline).stream()
                    .map(request -> (Callable<List<byte[]>>) () -> frames(pipeline, request, PipelineListener.NONE))
                    .toList();
            List<Future<List<byte[]>>> found = THREADS.invokeAll(clips, 60, TimeUnit.SECONDS);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(found.get(i).get()).containsExactlyElementsOf(expected.get(i));
            }
        }
    }

    @Test
    void clipsOfOneArithmeticAdvanceStepByStep() throws Exception {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = requests(pipeline).getFirst();
            var bothHaveSteps = new CyclicBarrier(2);
            PipelineListener waiting = new PipelineListener() {
                @Override
                public void onProgress(Progress progress) {
                    if (progress instanceof Progress.Sampling(int done, int _) && done == 1) await(bothHaveSteps);
                }
            };
            Callable<List<byte[]>> clip = () -> frames(pipeline, request, waiting);
            List<Future<List<byte[]>>> found = THREADS.invokeAll(List.of(clip, clip), 60, TimeUnit.SECONDS);
            assertThat(found.get(0).get()).containsExactlyElementsOf(found.get(1).get());
        }
    }

    @Test
    void closingWaitsForTheClipThatIsSampled() throws Exception {
        var pipeline = Pipelines.open(model, LoadOptions.defaults());
        GenerationRequest request = requests(pipeline).getFirst();
        EncodedPrompt texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
        var hasStep = new CountDownLatch(1);
        var closing = new CountDownLatch(1);
        var steps = new AtomicInteger();
        Future<Latents> clip = THREADS.submit(() -> pipeline.sample(request, texts, new PipelineListener() {
            @Override
            public void onLatents(int step, Latents latents) {
                steps.incrementAndGet();
                hasStep.countDown();
                awaitLatch(closing);
            }
        }, new Cancellation()));
        awaitLatch(hasStep);
        THREADS.submit(() -> {
            closing.countDown();
            pipeline.close();
        }).get(60, TimeUnit.SECONDS);
        assertThat(steps).hasValue(request.sampling().steps());
        assertThatThrownBy(() -> pipeline.decode(clip.get(), PipelineListener.NONE, new Cancellation()))
                .isInstanceOf(IllegalStateException.class).hasMessage("the pipeline is closed");
        pipeline.close();
    }

    @Test
    void aClipThatWaitsForAnotherCanBeCancelled() throws Exception {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest first = requests(pipeline).getFirst();
            GenerationRequest unquantized = requests(pipeline).getLast();
            EncodedPrompt texts = pipeline.encode(first, PipelineListener.NONE, new Cancellation());
            var otherEnded = new CountDownLatch(1);
            var hasStep = new CountDownLatch(1);
            Future<Latents> clip = THREADS.submit(() -> pipeline.sample(first, texts, new PipelineListener() {
                @Override
                public void onLatents(int step, Latents latents) {
                    hasStep.countDown();
                    awaitLatch(otherEnded);
                }
            }, new Cancellation()));
            awaitLatch(hasStep);
            var cancellation = new Cancellation();
            Future<Latents> waiting = THREADS
                    .submit(() -> pipeline.sample(unquantized, texts, PipelineListener.NONE, cancellation));
            cancellation.cancel();
            assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
            otherEnded.countDown();
            assertThat(clip.get(60, TimeUnit.SECONDS)).isNotNull();
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) throw new AssertionError("nothing came in 30 s");
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the other clip has no first step", e);
        }
    }

    private static List<byte[]> frames(VideoPipeline pipeline, GenerationRequest request, PipelineListener listener) {
        return pipeline.generate(request, listener, new Cancellation()).frames();
    }
}
