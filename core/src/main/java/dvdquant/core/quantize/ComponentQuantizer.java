package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerData;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.FiniteWeights;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Quantizes the tensors of one component into files. */
record ComponentQuantizer(TensorSource source, ComponentPlan plan, Optional<ChannelMaxima> calibration) {
    /** So many by one thread at first where the loops are not compiled yet. */
    private static final long WARM_UP_WEIGHTS = 10_000_000;

    /** @return what it wrote */
    CheckpointSize write(Path folder, WarmUp warmUp, int threads, Quantizer.Progress progress) {
        var pool = new ThreadPoolExecutor(1, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        try (var writer = ShardedSafetensorsWriter.create(folder, plan.files()); var ahead = ahead(pool)) {
            if (warmUp.await()) pool.setCorePoolSize(threads);
            write(writer, ahead, threads, pool, progress);
            writer.commit();
        } finally {
            pool.shutdownNow();
        }
        return plan.size();
    }

    private void write(ShardedSafetensorsWriter writer, LayersAhead ahead, int threads, ThreadPoolExecutor pool,
            Quantizer.Progress progress) {
        long total = source.elements();
        long weights = 0;
        long done = 0;
        for (SourceTensor tensor : source.tensors().values()) {
            if (plan.format(tensor.name()).isEmpty()) {
                copy(tensor, writer);
            } else {
                ahead.next(layer -> write(layer, writer));
                weights += tensor.shape().elements();
                if (weights >= WARM_UP_WEIGHTS) pool.setCorePoolSize(threads);
            }
            done += tensor.shape().elements();
            progress.weightsDone(done, total);
        }
    }

    private LayersAhead ahead(ThreadPoolExecutor pool) {
        Map<String, float[]> smoothing = smoothing();
        var quantizer = new LayerQuantizer(new RowTasks(pool));
        List<? extends SourceTensor> weights = source.tensors().values().stream()
                .filter(tensor -> plan.format(tensor.name()).isPresent()).toList();
        return new LayersAhead(weights,
                (weight, memory) -> quantizer.quantize(weight, plan.format(weight.name()).orElseThrow(),
                        TensorLayout.layerOf(weight.name()).map(smoothing::get), memory));
    }

    private static void write(LayerData layer, ShardedSafetensorsWriter writer) {
        layer.parts().specs().forEach((part, spec) -> writer.write(spec.name(), layer.of(part)));
    }

    private static void copy(SourceTensor tensor, ShardedSafetensorsWriter writer) {
        FiniteWeights.requireOneByOne(tensor);
        try (var memory = Arena.ofConfined()) {
            writer.write(tensor.name(), tensor.bytes(memory));
        }
        tensor.release();
    }

    /** Of layers that have any; those of one exponent that read the same share theirs. */
    private Map<String, float[]> smoothing() {
        var factors = new HashMap<String, float[]>();
        plan.format().formats().stream().flatMap(one -> one.smoothing().stream()).distinct().forEach(exponent -> {
            factors.putAll(SmoothingFactors
                    .of(source, plan.format().layers(exponent), calibration.orElseThrow(), exponent).ofLayers());
        });
        return factors;
    }
}
