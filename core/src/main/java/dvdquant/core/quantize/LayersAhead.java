package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerData;
import dvdquant.core.safetensors.SourceTensor;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Layers on their way from file to file: while one is written, the next are quantized and those after them read, so that the disk
 * and all cores are busy at once. Memory is bounded by the layers under way.
 */
final class LayersAhead implements AutoCloseable {
    /** Of weights in full precision, unless one alone has more: three of a 14B model's largest, half a second's work or so. */
    private static final long BYTES_UNDER_WAY = 512L << 20;
    /** Two are computed, so that no core waits for the last rows of one; the third is read from the disk meanwhile. */
    private static final int LAYERS_AT_ONCE = 3;

    /** Quantizes one layer's weight. */
    @FunctionalInterface
    interface Work {
        LayerData quantize(SourceTensor weight, Arena memory);
    }

    private record Layer(SourceTensor weight, Arena memory, Future<LayerData> data) {}

    private final Queue<SourceTensor> waiting;
    private final Work work;
    private final Queue<Layer> underWay = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(LAYERS_AT_ONCE);
    private long bytesUnderWay;

    /** @param weights of the layers, in the order in which they will be asked for */
    LayersAhead(Collection<? extends SourceTensor> weights, Work work) {
        this.waiting = new ArrayDeque<>(weights);
        this.work = work;
    }

    /** Hands on the next layer, whose memory is freed after that. */
    void next(Consumer<LayerData> consumer) {
        begin();
        Layer layer = underWay.remove();
        try (Arena _ = layer.memory()) {
            consumer.accept(await(layer));
        }
        bytesUnderWay -= layer.weight().sizeBytes();
    }

    private static LayerData await(Layer layer) {
        try {
            return layer.data().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException("quantizing '" + layer.weight().name() + "' failed", e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while quantizing '" + layer.weight().name() + "'");
        }
    }

    private void begin() {
        while (!waiting.isEmpty()) {
            long bytes = waiting.element().sizeBytes();
            if (!underWay.isEmpty() && bytesUnderWay + bytes > BYTES_UNDER_WAY) return;
            SourceTensor weight = waiting.remove();
            Arena memory = Arena.ofShared();
            underWay.add(new Layer(weight, memory, threads.submit(() -> quantize(weight, memory))));
            bytesUnderWay += bytes;
        }
    }

    private LayerData quantize(SourceTensor weight, Arena memory) {
        weight.prefetch();
        LayerData data = work.quantize(weight, memory);
        weight.release();
        return data;
    }

    /** Stops the layers under way and frees their memory. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
        underWay.forEach(layer -> layer.memory().close());
    }
}
