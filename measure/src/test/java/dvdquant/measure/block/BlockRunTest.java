package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quantize.Method;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.nn.Patches;
import dvdquant.models.wan.ImageEmbedderConfig;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Residence;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** What a benchmark compares computes the same. */
@NoLeaks
class BlockRunTest {
    private static final WanConfig WAN = new WanConfig(2, 128, 1, 512, 16, 16, 64, 64, List.of(1, 2, 2), 1024, 1e-6,
            true);
    private static final WanConfig OF_IMAGES = new WanConfig(2, 128, 1, 512, 36, 16, 64, 64, List.of(1, 2, 2), 1024,
            1e-6, true).with(new ImageEmbedderConfig(64));
    private static final HunyuanVideoConfig HUNYUAN = new HunyuanVideoConfig(2, 128, 1, 1, 1, 1024, 16, 64, 64,
            new Patches(1, 2, 2), List.of(16, 56, 56), 256);

    static Stream<BlockKind<?>> kinds() {
        return Stream.of(WAN, OF_IMAGES, HUNYUAN).flatMap(config -> BlockKind.of(config).stream());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void allBlocksAgree(BlockKind<?> kind) {
        var w4a8 = new Quantization(Method.DVD_QUANT.recipe(4).weights(), ActivationScheme.ofBits(8));
        var shape = new BlockBenchmark.Shape(kind, ElementType.F32, 70, Optional.of(w4a8));
        try (var device = CpuDevice.open(); var _ = TensorScope.open(); var run = BlockRun.of(shape, 1, device)) {
            float[] expected = run.forward().toFloats();
            assertThat(RelativeError.of(run.libtorchForward(ElementType.F32).toFloats(), expected)).isLessThan(1e-5);
            assertThat(RelativeError.of(run.libtorchForward(ElementType.BF16).toFloats(), expected)).isLessThan(0.01);
            float[] packed = run.quantizedForward(Residence.PACKED).toFloats();
            assertThat(RelativeError.of(packed, expected)).isBetween(0.02, 0.2);
            assertThat(run.quantizedForward(Residence.EXPANDED).toFloats()).containsExactly(packed);
        }
    }

    /** A mask that hides nothing changes nothing. */
    @ParameterizedTest
    @MethodSource("kinds")
    void allPeersAgree(BlockKind<?> kind) {
        peersAgree(kind);
    }

    private static <B> void peersAgree(BlockKind<B> kind) {
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            var layers = RandomLayers.dense(3, ElementType.F32, device.device());
            BlockInput<B> input = kind.input(layers, 33);
            B block = kind.load(layers);
            float[] expected = input.libtorch().getFirst().forward().of(block, ElementType.F32).toFloats();
            assertThat(input.libtorch()).allSatisfy(peer -> assertThat(
                    RelativeError.of(peer.forward().of(block, ElementType.F32).toFloats(), expected)).isLessThan(1e-6));
        }
    }
}
