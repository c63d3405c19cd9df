package dvdquant.models;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.ActivationChoice;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.ChannelMaxima;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Each method, from the demo model's files to latents of a short clip, against full precision. */
@NoLeaks
class MethodTest {
    private static CalibrationData seen;
    private static Latents full;

    @TempDir
    Path folder;

    @BeforeAll
    static void calibrate() {
        seen = calibrate(2).data();
        full = ShortClip.sample(Golden.MODEL, new BitPlan.Fixed(8));
    }

    private static Calibration.Result calibrate(int steps) {
        return Calibration.run(Golden.MODEL, LoadOptions.defaults(),
                List.of(new Prompt("a small blue ring grows on a striped gray background")),
                request -> request.withSteps(steps).withSeed(7), PipelineListener.NONE, new Cancellation());
    }

    private CheckpointSize quantize(Recipe recipe, Path target) {
        var data = recipe.needsCalibration() ? Optional.of(seen) : Optional.<CalibrationData>empty();
        return new Quantizer(recipe, Pipelines.quantizedLayers(Golden.MODEL), data, 2, true).run(
                Golden.MODEL.toAbsolutePath(), target,
                (_, _) -> {});
    }

    private double db(Path model, int bits) {
        return Sqnr.db(ShortClip.sample(model, new BitPlan.Fixed(bits)).values(), full.values());
    }

    /** Floors a little under what was measured; MinMax with 4-bit activations collapses, as in the paper. */
    @ParameterizedTest
    @CsvSource({"MINMAX, 4.13, 15, 3.5", "SMOOTHQUANT, 4.23, 15, 7.5", "QUAROT, 4.13, 18, 12", "VIDIT_Q, 4.23, 19, 12",
            "SVDQUANT, 7.60, 22, 16", "DVD_QUANT_PAPER, 4.13, 20, 13", "DVD_QUANT, 4.23, 17.5, 13"})
    void quantizesAndGenerates(Method method, double bits, double a8, double a4) {
        Path model = folder.resolve(method.label());
        CheckpointSize size = quantize(method.recipe(4), model);
        assertThat(size.bitsAWeight()).isCloseTo(bits, within(0.02));
        assertThat(size).isEqualTo(Pipelines.size(model));
        assertThat(size.inLayers().bytes()).isEqualTo(storedBytes(model));
        assertThat(size.inLayers().weights()).isEqualTo(Pipelines.size(Golden.MODEL).inLayers().weights());
        assertThat(QuantizedFormat.of(model.resolve("transformer")).orElseThrow().method()).isEqualTo(method.label());
        assertThat(db(model, 8)).isGreaterThan(a8);
        assertThat(db(model, 4)).isGreaterThan(a4);
    }

    /** Of the quantized layers' tensors, but for biases. */
    private static long storedBytes(Path model) {
        Set<String> layers = QuantizedFormat.of(model.resolve("transformer")).orElseThrow().layers();
        try (var checkpoint = Checkpoint.open(model.resolve("transformer"))) {
            return checkpoint.tensors().values().stream().filter(tensor -> !tensor.name().endsWith(".bias"))
                    .filter(tensor -> layers.contains(tensor.name().replaceFirst("\\.\\w+$", "")))
                    .mapToLong(tensor -> tensor.data().byteSize()).sum();
        }
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void everyNumberOfBitsHasARecipe(Method method) {
        for (int bits = 2; bits <= 8; bits++) {
            assertThat(method.recipe(bits).weights().range().bits()).isEqualTo(bits);
        }
        assertThat(method.source()).isNotBlank();
    }

    /** A weight of 8 bits is nearly the one before: what is left of smoothing, rotation and the branch must cancel. */
    @ParameterizedTest
    @CsvSource({"SMOOTHQUANT", "VIDIT_Q", "SVDQUANT"})
    void nothingButRoundingIsLeftWithoutQuantizedActivations(Method method) {
        Path model = folder.resolve("w8");
        quantize(method.recipe(8), model);
        assertThat(Sqnr.db(ShortClip.sample(model, new BitPlan.Full()).values(), full.values()))
                .isGreaterThan(30);
    }

    @Test
    void calibrationSeesTheSameAgain() {
        ChannelMaxima again = calibrate(2).data().of("transformer");
        ChannelMaxima first = seen.of("transformer");
        assertThat(again.ofLayers().keySet()).isEqualTo(first.ofLayers().keySet())
                .contains("blocks.7.ffn.net.2", "blocks.0.attn1.to_q");
        first.ofLayers().forEach((layer, maxima) -> assertThat(again.of(layer)).containsExactly(maxima));
        assertThat(first.of("blocks.0.attn1.to_q")).hasSize(256).containsExactly(first.of("blocks.0.attn1.to_v"))
                .isNotEqualTo(first.of("blocks.0.attn2.to_q"));
        assertThatThrownBy(() -> first.of("blocks.9.attn1.to_q")).isInstanceOf(InputException.class)
                .hasMessageContaining("'blocks.9.attn1.to_q' did not run");
        assertThatThrownBy(
                () -> new Quantizer(Method.SVDQUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, true))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("svdquant needs calibration");
    }

    @Test
    void theFormatDecidesHowLayersCompute() {
        LayerFormat integer = Method.DVD_QUANT.recipe(4).usual();
        LayerFormat free = Method.SVDQUANT.recipe(4).usual();
        assertThat(integer.arithmetic(ActivationChoice.OWN)).isEqualTo(LayerArithmetic.INTEGER);
        assertThat(integer.arithmetic(scales(new ActivationScales.PerTensor()))).isEqualTo(LayerArithmetic.INTEGER);
        assertThat(integer.arithmetic(scales(new ActivationScales.PerBlock(128)))).isEqualTo(LayerArithmetic.EMULATED);
        assertThat(free.arithmetic(scales(new ActivationScales.PerTokenBlockInteger(128))))
                .isEqualTo(LayerArithmetic.EMULATED);
        assertThat(free.arithmetic(new ActivationChoice(false, Optional.empty())))
                .isEqualTo(LayerArithmetic.WEIGHTS_ONLY);
        LayerFormat weightsOnly = integer.withActivations(Optional.empty());
        assertThat(weightsOnly.arithmetic(ActivationChoice.OWN)).isEqualTo(LayerArithmetic.WEIGHTS_ONLY);
        Recipe recipe = Method.DVD_QUANT.recipe(4).withOther("a", weightsOnly);
        assertThat(recipe.arithmetic(ActivationChoice.OWN)).isEqualTo(LayerArithmetic.INTEGER);
        assertThat(recipe.withOther("b", free).arithmetic(ActivationChoice.OWN)).isEqualTo(LayerArithmetic.EMULATED);
        assertThat(new Recipe(Method.DVD_QUANT, weightsOnly).format(Set.of("a")).arithmetic(ActivationChoice.OWN))
                .isEqualTo(LayerArithmetic.WEIGHTS_ONLY);
    }

    private static ActivationChoice scales(ActivationScales scales) {
        return new ActivationChoice(true, Optional.of(scales));
    }

    @Test
    void partsThatDoNotGoTogetherAreErrors() {
        Recipe recipe = Method.DVD_QUANT.recipe(4);
        assertThatThrownBy(() -> recipe.withRounding(Rounding.CLIP)).isInstanceOf(InputException.class)
                .hasMessageContaining("integer multipliers");
        assertThatThrownBy(() -> Method.QUAROT.recipe(4).weights().withGroup(new GroupSize.Multiples(64)))
                .isInstanceOf(InputException.class);
        assertThatThrownBy(() -> recipe.withSmoothing(Optional.of(1.5))).isInstanceOf(InputException.class)
                .hasMessageContaining("1.5");
        assertThatThrownBy(() -> quantize(recipe.withLowRank(300), folder.resolve("out")))
                .isInstanceOf(InputException.class).hasMessageContaining("rank 300 is no less than the weight");
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
