package dvdquant.models.wan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.cpu.CpuKernels;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    /** Those of the CPU, which have no memory for the weights of a third layer. */
    private static Kernels failing(Kernels kernels, AtomicInteger there) {
        return (Kernels) Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[]{Kernels.class},
                (_, method, arguments) -> {
                    if (!method.getName().equals("packedWeights")) return method.invoke(kernels, arguments);
                    if (there.get() == 2) throw new OutOfMemoryError("of the test");
                    there.incrementAndGet();
                    return new Counted((QuantizedWeights) method.invoke(kernels, arguments), there);
                });
    }

    @Test
    void whatWasLoadedIsFreed() {
        Path model = folder.resolve("quantized");
        new Quantizer(Method.DVD_QUANT.recipe(4), new TreeMap<>(
                Map.of("transformer", LayerSelection.of("blocks\\.0\\.attn1\\.to_.*"))), 2, true)
                .run(Golden.MODEL.toAbsolutePath(), model, (_, _) -> {});
        var there = new AtomicInteger();
        try (var kernels = new CpuKernels()) {
            assertThatThrownBy(() -> WanTransformer.open(model.resolve("transformer"), ElementType.F32,
                    failing(kernels, there), LayerArithmetic.INTEGER)).isInstanceOf(OutOfMemoryError.class);
        }
        assertThat(there).hasValue(0);
    }
}
