package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quantize.Method;
import dvdquant.models.pipeline.GenerationRequest.ClipSize;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.testing.Golden;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Residence;
import dvdquant.tensor.cpu.CpuKernels;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MemoryPlannerTest {
    private static final CpuKernels KERNELS = new CpuKernels();

    private final MemoryPlanner sizes = MemoryPlanner.read(Golden.MODEL);
    private final Decoding decoding = sizes.decoding(KERNELS);

    @Test
    void clipsAndLatentsAreTheSameThingTwice() {
        var clip = new ClipSize(17, 128, 96);
        assertThat(sizes.latents(clip)).isEqualTo(Shape.of(1, 16, 5, 16, 12));
        assertThat(decoding.clip(sizes.latents(clip))).isEqualTo(clip);
        assertThat(decoding.clip(Shape.of(1, 16, 1, 2, 2))).isEqualTo(new ClipSize(1, 16, 16));
    }

    @Test
    void refusesSizesThatTheModelCannotMake() {
        assertThatThrownBy(() -> sizes.latents(new ClipSize(18, 128, 128))).isInstanceOf(InputException.class)
                .hasMessage("frames: 18, expected a multiple of 4 plus 1, such as 17 or 21");
        assertThatThrownBy(() -> sizes.latents(new ClipSize(17, 120, 128))).isInstanceOf(InputException.class)
                .hasMessage("height: 120, expected a multiple of 16, such as 112 or 128");
        assertThatThrownBy(() -> decoding.clip(Shape.of(1, 4, 5, 16, 16))).isInstanceOf(InputException.class)
                .hasMessageContaining("expected [1, 16, frames, height, width]");
    }

    @Test
    void theCountedWeightsAreThoseOfThePublishedModels() {
        assertThat(config(12, 30, 8960).layout().elements()).isEqualTo(1_418_996_800L);
        assertThat(config(40, 40, 13824).layout().elements()).isEqualTo(14_288_491_584L);
    }

    private static WanConfig config(int heads, int layers, int feedForward) {
        return new WanConfig(heads, 128, layers, feedForward, 16, 16, 4096, 256, List.of(1, 2, 2), 1024, 1e-6, true);
    }

    private static final HeldLayers EXPANDED = new HeldLayers(LayerArithmetic.INTEGER, Residence.EXPANDED);
    private static final HeldLayers PACKED = new HeldLayers(LayerArithmetic.INTEGER, Residence.PACKED);

    @Test
    void emulatedActivationsAreCounted() {
        var format = Method.DVD_QUANT_PAPER.recipe(4).format(Set.of("blocks.0.ffn.net.2"));
        var quantized = new MemoryPlanner(sizes.transformer(), Optional.of(format), sizes.text(), sizes.vae(),
                sizes.stored());
        assertThat(sampling(quantized, LayerArithmetic.EMULATED))
                .anySatisfy(need -> {
                    assertThat(need.name()).isEqualTo("emulated activations");
                    assertThat(need.bytes()).isEqualTo(320 * 1024 * (4 + 4)); // tokens, feed-forward, F32 twice
                });
        assertThat(sampling(quantized, LayerArithmetic.INTEGER)).extracting(Need::name)
                .doesNotContain("emulated activations");
    }

    private static List<Need> sampling(MemoryPlanner sizes, LayerArithmetic arithmetic) {
        return plan(sizes, new HeldLayers(arithmetic, Residence.EXPANDED)).phases().get(1).needs();
    }

    @Test
    void aPlanNamesTheLargestPhaseAndWhatWouldHelp() {
        var plan = new MemoryPlan(List.of(new Phase("encode", List.of(new Need("a layer", 1L << 30, "nothing"))),
                new Phase("sample", List.of(new Need("weights", 3L << 30, "--dtype bf16 would halve it"),
                        new Need("activations", 1L << 29, "fewer --frames would help")))),
                2L << 30);
        assertThat(plan.fits()).isFalse();
        assertThatThrownBy(plan::requireFits).isInstanceOf(InputException.class).hasMessage(
                "not enough memory: sample needs 3.50 GiB (weights 3.00 GiB, activations 0.50 GiB), and 2.00 GiB are available; "
                        + "--dtype bf16 would halve it");
        assertThatThrownBy(new MemoryPlan(plan.phases(), (7L << 29) - 1)::requireFits)
                .hasMessageContaining("activations 0.50 GiB), and a little less is available; ");
        assertThat(plan(sizes, EXPANDED).fits()).isTrue();
    }

    private static MemoryPlan plan(MemoryPlanner sizes, HeldLayers layers) {
        return sizes.plan(new ClipSize(17, 128, 128), ElementType.F32, layers, 0, Optional.empty(), KERNELS);
    }

    private MemoryPlanner quantized() {
        var format = Method.DVD_QUANT.recipe(6).format(Set.of("blocks.0.ffn.net.2"));
        return new MemoryPlanner(sizes.transformer(), Optional.of(format), sizes.text(), sizes.vae(), sizes.stored());
    }

    @Test
    void packedLayersAreCountedAsSuch() {
        MemoryPlanner sizes = quantized();
        long fewer = 1024 * 256L * 2 / 8; // 6 of 8 bits
        long groups = 2 * 1024 * 256L / 64 + 4 * 256; // zero points and multipliers, and steps
        assertThat(weights(sizes, EXPANDED) - weights(sizes, PACKED)).isEqualTo(fewer - groups);
    }

    private static long weights(MemoryPlanner sizes, HeldLayers layers) {
        return plan(sizes, layers).phases().get(1).needs().get(1).bytes();
    }

    /** 6-bit codes are multiplied as 8-bit integers everywhere, if there is room for those. */
    @Test
    void layersAreExpandedIfThereIsRoomOrItIsAskedFor() {
        MemoryPlanner sizes = quantized();
        assertThat(held(sizes, Optional.empty(), Long.MAX_VALUE)).isEqualTo(EXPANDED);
        assertThat(held(sizes, Optional.empty(), 0)).isEqualTo(PACKED);
        assertThat(held(sizes, Optional.of(Residence.PACKED), Long.MAX_VALUE)).isEqualTo(PACKED);
        assertThat(held(sizes, Optional.of(Residence.EXPANDED), 0)).isEqualTo(EXPANDED);
    }

    private static HeldLayers held(MemoryPlanner sizes, Optional<Residence> given, long available) {
        return sizes.held(LayerArithmetic.INTEGER, given, KERNELS,
                layers -> new MemoryPlan(plan(sizes, layers).phases(), available));
    }
}
