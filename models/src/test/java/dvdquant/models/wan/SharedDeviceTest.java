package dvdquant.models.wan;

import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import static org.assertj.core.api.Assertions.assertThat;

/** Two pipelines with one device, and two devices with one process. */
@NoLeaks
class SharedDeviceTest {
    private static final ExecutorService THREADS = Executors
            .newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    private static GenerationRequest request(VideoPipeline pipeline, int clip) {
        return pipeline.request("a red circle grows").withSteps(3).withSize(5, 64, 64 + 32 * clip).withSeed(clip);
    }

    private static float[] sample(VideoPipeline pipeline, int clip, PipelineListener listener) {
        GenerationRequest request = request(pipeline, clip);
        Latents latents = pipeline.sample(request, pipeline.encode(request, PipelineListener.NONE, new Cancellation()),
                listener, new Cancellation());
        return latents.values();
    }

    private static PipelineListener afterFirstStep(Runnable what) {
        return new PipelineListener() {
            @Override
            public void onStep(StepRecord step) {
                if (step.step() == 0) what.run();
            }
        };
    }

    private static void reservedAlone(ComputeDevice device, VideoPipeline pipeline, int clip, List<float[]> latents,
            LongConsumer reserved) {
        latents.add(sample(pipeline, clip,
                afterFirstStep(() -> reserved.accept(device.memory().reservedBytes()))));
        assertThat(device.memory().reservedBytes()).isZero();
    }

    @Test
    void twoPipelinesTakeTurnsAndTheirReservationsAddUp() throws Exception {
        try (var device = CpuDevice.open(2)) {
            LoadOptions on = LoadOptions.defaults().withDevice(device);
            try (var first = Pipelines.open(Golden.MODEL, on); var second = Pipelines.open(Golden.MODEL, on)) {
                var alone = new ArrayList<float[]>();
                var reserved = new ArrayList<Long>();
                reservedAlone(device, first, 0, alone, reserved::add);
                reservedAlone(device, second, 1, alone, reserved::add);

                var bothHaveAStep = new CyclicBarrier(2);
                var together = new ArrayList<Long>();
                PipelineListener waiting = afterFirstStep(() -> {
                    await(bothHaveAStep);
                    synchronized (together) {
                        together.add(device.memory().reservedBytes());
                    }
                    await(bothHaveAStep);
                });
                List<Callable<float[]>> clips = List.of(() -> sample(first, 0, waiting),
                        () -> sample(second, 1, waiting));
                List<Future<float[]>> found = THREADS.invokeAll(clips, 60, TimeUnit.SECONDS);
                assertThat(found.get(0).get()).isEqualTo(alone.get(0));
                assertThat(found.get(1).get()).isEqualTo(alone.get(1));
                assertThat(reserved).allMatch(bytes -> bytes > 0);
                assertThat(together).hasSize(2).containsOnly(reserved.get(0) + reserved.get(1));
                assertThat(device.memory().reservedBytes()).isZero();
            }
            try (var third = Pipelines.open(Golden.MODEL, on)) { // the device is open still
                assertThat(sample(third, 0, PipelineListener.NONE)).isNotEmpty();
            }
        }
    }

    @Test
    void aSecondDeviceLeavesTheThreadsOfTheFirst() {
        try (var one = CpuDevice.open(1);
                var first = Pipelines.open(Golden.MODEL, LoadOptions.defaults().withDevice(one));
                var second = Pipelines.open(Golden.MODEL, LoadOptions.defaults().withThreads(2))) {
            var counts = new ArrayList<Integer>();
            PipelineListener counting = afterFirstStep(() -> counts.add(NativeThreads.count()));
            float[] expected = sample(first, 0, counting);
            assertThat(sample(second, 0, counting)).isEqualTo(expected);
            sample(first, 0, counting);
            assertThat(counts).containsExactly(1, 2, 1);
            assertThat(first.threads()).isEqualTo(1);
            assertThat(second.threads()).isEqualTo(2);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
