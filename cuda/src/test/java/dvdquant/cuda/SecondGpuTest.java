package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.QueryKeyNorm;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A GPU that is not the first one, beside the first, by one thread. */
@Gpu
class SecondGpuTest {
    private static final int TOKENS = 333;
    private static final int CHANNELS = 512;

    /** Kernels with a layer's weights. */
    private static final class Layer implements AutoCloseable {
        private final ComputeDevice device;
        private final QuantizedWeights weights;

        Layer(int gpu, boolean offload, Arena memory) {
            device = open(gpu, offload);
            weights = weights(device, memory);
        }

        Map<String, float[]> results() {
            device.bindThread();
            return SecondGpuTest.results(device, weights);
        }

        @Override
        public void close() {
            device.bindThread();
            weights.close();
            device.close();
        }
    }

    @BeforeEach
    void requireTwo() {
        List<GpuProperties> devices = GpuProperties.all();
        assumeTrue(devices.size() > 1, "one GPU alone");
        GpuProperties first = devices.get(0);
        GpuProperties second = devices.get(1);
        assumeTrue(first.describe().equals(second.describe()) && first.multiprocessors() == second.multiprocessors(),
                "the first two GPUs differ");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givesWhatTheFirstGives(boolean offload) {
        try (var memory = Arena.ofConfined();
                var first = new Layer(0, offload, memory);
                var second = new Layer(1, offload, memory)) {
            assertThat(second.device.device()).isEqualTo(Device.cuda(1));
            Map<String, float[]> expected = first.results();
            Map<String, float[]> found = second.results();
            Map<String, float[]> again = first.results();
            expected.forEach((operation, values) -> {
                assertThat(found.get(operation)).as("%s on the second GPU", operation).isEqualTo(values);
                assertThat(again.get(operation)).as("%s on the first again", operation).isEqualTo(values);
            });
        }
    }

    private static ComputeDevice open(int index, boolean offload) {
        AttentionMode attention = GpuProperties.of(index).isHopper() ? AttentionMode.INT8 : AttentionMode.EXACT;
        return CudaDevice.open(index,
                new CudaSettings(attention, offload, Gpu.Settings.of(attention).cache()));
    }

    private static QuantizedWeights weights(ComputeDevice device, Arena memory) {
        var values = new byte[CHANNELS * CHANNELS];
        new Random(1).nextBytes(values);
        MemorySegment segment = memory.allocate(values.length, 64).copyFrom(MemorySegment.ofArray(values));
        return device.weights().quantizedWeights(segment, Seeds.gaussian(2, CHANNELS), Seeds.gaussian(3, CHANNELS));
    }

    private static Map<String, float[]> results(ComputeDevice device, QuantizedWeights weights) {
        Device gpu = device.device();
        var scheme = ActivationScheme.ofBits(8);
        var rotation = new Rotation.Blocks(128, 1);
        var results = new LinkedHashMap<String, float[]>();
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.randn(4, TOKENS, CHANNELS).to(ElementType.BF16).to(gpu);
            Tensor gain = Tensor.ofFloats(Seeds.gaussian(5, CHANNELS), CHANNELS).to(gpu);
            QuantizedRows rows = device.kernels().quantizeNormed(x, gain, gain, 1e-6, rotation, scheme);
            results.put("codes", rows.codes().toFloats());
            results.put("scales", rows.scales().toFloats());
            results.put("product", device.kernels().linear(rows, weights, ElementType.BF16).toFloats());
            results.put("product and residual", device.kernels().linearResidual(rows, weights, x, gain).toFloats());
            results.put("rotation by libtorch",
                    device.kernels().quantize(x, new Rotation.Full(1), scheme).codes().toFloats());
            var channels = new ActivationScheme(new ActivationRange(4), new ActivationScales.PerChannel());
            results.put("emulation", device.kernels().emulate(x, rotation, channels).toFloats());
            results.put("layerNorm", device.kernels().layerNorm(x, gain, gain, 1e-6).toFloats());
            Tensor key = Tensor.randn(6, 8192, CHANNELS).to(ElementType.BF16).to(gpu);
            results.put("attention",
                    device.kernels().attention(x, key, key, 4, new QueryKeyNorm(gain, gain, null, 1e-6)).toFloats());
            results.put("change", new float[]{(float) device.kernels().relativeChange(x, key.narrow(0, 0, TOKENS))});
        }
        return results;
    }
}
