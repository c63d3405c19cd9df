package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.quantize.Method;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.diffusion.HeldTransformers.HeldLayers;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.MemoryPlan.Phase;
import dvdquant.models.testing.Golden;
import dvdquant.models.wan.WanFamily;
import dvdquant.tensor.Residence;
import dvdquant.tensor.cpu.CpuDevice;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MemoryPlannerTest {
    private static final CpuDevice DEVICE = CpuDevice.open();

    private static final WanFamily WAN = WanFamily.OF_TEXT;

    private final MemoryPlanner planner = new MemoryPlanner(WAN.read(Golden.MODEL),
            ModelFiles.read(Golden.MODEL, WAN, Checkpoint::open), ElementType.F32, DEVICE);

    private static final String TRANSFORMER = "transformer";
    private static final HeldLayers EXPANDED = new HeldLayers(LayerArithmetic.INTEGER, Residence.EXPANDED);
    private static final HeldLayers PACKED = new HeldLayers(LayerArithmetic.INTEGER, Residence.PACKED);

    @Test
    void emulatedActivationsAreCounted() {
        var format = Method.DVD_QUANT_PAPER.recipe(4).format(Set.of("blocks.0.ffn.net.2"));
        MemoryPlanner quantized = quantized(format);
        assertThat(sampling(quantized, LayerArithmetic.EMULATED))
                .anySatisfy(need -> {
                    assertThat(need.name()).isEqualTo("emulated activations");
                    assertThat(need.bytes()).isEqualTo(320 * 1024 * (4 + 4)); // tokens, feed-forward, F32 twice
                });
        assertThat(sampling(quantized, LayerArithmetic.INTEGER)).extracting(Need::name)
                .doesNotContain("emulated activations");
    }

    private static List<Need> sampling(MemoryPlanner planner, LayerArithmetic arithmetic) {
        return plan(planner, new HeldLayers(arithmetic, Residence.EXPANDED)).phases().get(1).needs();
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
        assertThat(plan(planner, EXPANDED).fits()).isTrue();
    }

    private static MemoryPlan plan(MemoryPlanner planner, HeldLayers layers) {
        return planner.plan(new ClipSize(17, 128, 128), HeldTransformers.of(TRANSFORMER, layers), 0, false, Map.of());
    }

    private MemoryPlanner quantized() {
        return quantized(Method.DVD_QUANT.recipe(6).format(Set.of("blocks.0.ffn.net.2")));
    }

    private MemoryPlanner quantized(QuantizedFormat format) {
        ComponentFiles full = planner.files().transformers().get(TRANSFORMER);
        var quantized = new ComponentFiles(full.folder(), full.layout(), Optional.of(format), full.modulation(),
                full.mapped());
        var files = new ModelFiles(new TreeMap<>(Map.of(TRANSFORMER, quantized)), planner.files().textEncoders(),
                planner.files().sources(), false);
        return new MemoryPlanner(planner.model(), files, planner.dtype(), DEVICE);
    }

    @Test
    void packedLayersAreCountedAsSuch() {
        MemoryPlanner planner = quantized();
        long fewer = 1024 * 256L * 2 / 8; // 6 of 8 bits
        long groups = 2 * 1024 * 256L / 64 + 4 * 256; // zero points and multipliers, and steps
        assertThat(weights(planner, EXPANDED) - weights(planner, PACKED)).isEqualTo(fewer - groups);
    }

    private static long weights(MemoryPlanner planner, HeldLayers layers) {
        return plan(planner, layers).phases().get(1).needs().get(1).bytes();
    }

    /** 6-bit codes are multiplied as 8-bit integers everywhere, if there is room for those. */
    @Test
    void layersAreExpandedIfThereIsRoomOrItIsAskedFor() {
        MemoryPlanner planner = quantized();
        assertThat(held(planner, Optional.empty(), Long.MAX_VALUE)).isEqualTo(EXPANDED);
        assertThat(held(planner, Optional.empty(), 0)).isEqualTo(PACKED);
        assertThat(held(planner, Optional.of(Residence.PACKED), Long.MAX_VALUE)).isEqualTo(PACKED);
        assertThat(held(planner, Optional.of(Residence.EXPANDED), 0)).isEqualTo(EXPANDED);
    }

    private static HeldLayers held(MemoryPlanner planner, Optional<Residence> given, long available) {
        var arithmetics = new TreeMap<>(Map.of(TRANSFORMER, LayerArithmetic.INTEGER));
        return planner.held(arithmetics, given, Map.of(),
                held -> new MemoryPlan(plan(planner, held.layers().get(TRANSFORMER)).phases(), available)).layers()
                .get(TRANSFORMER);
    }

    @Test
    void aTextEncoderInEightBitsHasALayerOfThemBesides() {
        var eight = new MemoryPlanner(planner.model(), planner.files().withEightBitText(true), planner.dtype(), DEVICE);
        long more = encodeBytes(eight) - encodeBytes(planner);
        assertThat(more).isEqualTo(planner.model().textLayerBytes(1) * 5 / 4).isPositive();
    }

    private static long encodeBytes(MemoryPlanner planner) {
        return plan(planner, EXPANDED).phases().getFirst().bytes();
    }
}
