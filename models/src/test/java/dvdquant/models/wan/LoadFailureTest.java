package dvdquant.models.wan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.WeightStore;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A machine whose memory ends while a model is loaded. */
@NoLeaks
class LoadFailureTest {
    @TempDir
    Path folder;

    /** Weights that count how many of them are there. */
    private record Counted(QuantizedWeights weights, AtomicInteger there) implements QuantizedWeights {
        @Override
        public int out() {
            return weights.out();
        }

        @Override
        public int in() {
            return weights.in();
        }

        @Override
        public long sizeBytes() {
            return weights.sizeBytes();
        }

        @Override
        public void close() {
            there.decrementAndGet();
            weights.close();
        }
    }

    /** The CPU, which has no memory for the weights of a third layer. */
    private static ComputeDevice failing(ComputeDevice device, AtomicInteger there) {
        WeightStore weights = proxy(WeightStore.class, (_, method, arguments) -> {
            if (!method.getName().equals("packedWeights")) return method.invoke(device.weights(), arguments);
            if (there.get() == 2) throw new OutOfMemoryError("of the test");
            there.incrementAndGet();
            return new Counted((QuantizedWeights) method.invoke(device.weights(), arguments), there);
        });
        return proxy(ComputeDevice.class, (_, method, arguments) -> method.getName().equals("weights")
                ? weights
                : method.invoke(device, arguments));
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, handler));
    }

    @Test
    void whatWasLoadedIsFreed() {
        Path model = folder.resolve("quantized");
        new Quantizer(Method.DVD_QUANT.recipe(4), new TreeMap<>(
                Map.of("transformer", LayerSelection.of("blocks\\.0\\.attn1\\.to_.*"))), 2, true)
                .run(Golden.MODEL.toAbsolutePath(), model, (_, _) -> {});
        var there = new AtomicInteger();
        try (var device = CpuDevice.open()) {
            assertThatThrownBy(() -> WanTransformer.open(model.resolve("transformer"), ElementType.F32,
                    failing(device, there), LayerArithmetic.INTEGER)).isInstanceOf(OutOfMemoryError.class);
        }
        assertThat(there).hasValue(0);
    }
}
