package dvdquant.models.hunyuan;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.CalibrationData;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.Pipelines;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Prompt;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.survey.LayerErrors;
import dvdquant.models.survey.WeightSurvey;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** HunyuanVideo's layers by each method, and its modulation. */
@NoLeaks
class HunyuanVideoQuantizationTest {
    private static final Path MODEL = Golden.HUNYUAN_VIDEO;
    private static final String MODULATION = "transformer_blocks.1.norm1_context.linear";
    private static final String PROJ_OUT = "single_transformer_blocks.3.proj_out";
    private static CalibrationData seen;
    private static float[] full;

    @TempDir
    Path folder;

    @BeforeAll
    static void calibrate() {
        seen = Calibration
                .run(MODEL, LoadOptions.defaults(),
                        List.of(new Prompt("a small blue ring grows on a plain gray background")),
                        request -> small(request).withSteps(2).withSeed(7), PipelineListener.NONE, new Cancellation())
                .data();
        full = sample(MODEL, new BitPlan.Fixed(8));
    }

    private static GenerationRequest small(GenerationRequest request) {
        return request.withSize(5, 96, 96);
    }

    /** The latents of one step. */
    private static float[] sample(Path model, BitPlan activations) {
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = small(
                    pipeline.request("a large red circle moves right on a plain navy background"))
                    .withSteps(1).withSeed(42).withActivations(activations);
            var texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation()).values();
        }
    }

    private Path quantize(ModelRecipe recipe, String name) {
        Path target = folder.resolve(name);
        var data = recipe.recipe().needsCalibration() ? Optional.of(seen) : Optional.<CalibrationData>empty();
        new Quantizer(recipe.recipe(), recipe.layers(), data, 2, true).run(MODEL.toAbsolutePath(), target,
                (_, _) -> {});
        return target;
    }

    private Path quantize(Method method) {
        return quantize(Pipelines.recipe(MODEL, method.recipe(4)), method.label());
    }

    private static double db(float[] latents) {
        return Sqnr.db(latents, full);
    }

    /** Floors a little under what was measured. */
    @ParameterizedTest
    @CsvSource({"MINMAX, 18, 4", "SMOOTHQUANT, 15.5, 7.5", "QUAROT, 17, 14", "VIDIT_Q, 16, 12", "SVDQUANT, 23, 18",
            "DVD_QUANT_PAPER, 20, 16", "DVD_QUANT, 20, 16"})
    void quantizesAndSamples(Method method, double a8, double a4) {
        Path model = quantize(method);
        QuantizedFormat format = QuantizedFormat.of(model.resolve("transformer")).orElseThrow();
        // 12 linears and 2 modulations in each of 2 dual blocks; 5 and 1 in each of 4 single blocks
        assertThat(format.layers()).hasSize(2 * (12 + 2) + 4 * (5 + 1)).contains(PROJ_OUT, MODULATION)
                .allMatch(layer -> layer.contains("transformer_blocks"));
        assertThat(db(sample(model, new BitPlan.Fixed(8)))).isGreaterThan(a8);
        assertThat(db(sample(model, new BitPlan.Fixed(4)))).isGreaterThan(a4);
    }

    /** At the published sizes too: 15,360 columns, which no power of two divides into one block. */
    @ParameterizedTest
    @EnumSource(Method.class)
    void everyLayerOfThePublishedModelFits(Method method) {
        var layout = HunyuanVideoConfig.PUBLISHED.layout();
        ModelRecipe recipe = Pipelines.recipe(MODEL, method.recipe(4));
        var selection = recipe.layers().get("transformer");
        long modulation = 0;
        for (var tensor : layout.shapes().entrySet()) {
            Optional<String> layer = TensorLayout.layerOf(tensor.getKey()).filter(selection::selects);
            if (layer.isEmpty()) continue;
            LayerFormat format = recipe.recipe().of(layer.get());
            format.requireFits(tensor.getValue().dim(0), tensor.getValue().dim(1));
            if (format.activations().isEmpty()) modulation += tensor.getValue().elements();
        }
        assertThat(modulation).isBetween(3_390_000_000L, 3_400_000_000L);
        assertThat(layout.elements()).isBetween(12_800_000_000L, 12_850_000_000L);
    }

    /** So that a single block's input is quantized once for all four layers that read it. */
    @Test
    void layersOfOneInputShareTheirSmoothing() {
        Path model = quantize(Method.VIDIT_Q);
        try (var checkpoint = Checkpoint.open(model.resolve("transformer"))) {
            String block = "single_transformer_blocks.0.";
            byte[] ofQueries = smoothing(checkpoint, block + "attn.to_q");
            for (String layer : List.of("attn.to_k", "attn.to_v", "proj_mlp")) {
                assertThat(smoothing(checkpoint, block + layer)).isEqualTo(ofQueries);
            }
            assertThat(smoothing(checkpoint, "transformer_blocks.0.attn.add_q_proj"))
                    .isEqualTo(smoothing(checkpoint, "transformer_blocks.0.attn.add_k_proj"))
                    .isNotEqualTo(smoothing(checkpoint, "transformer_blocks.0.attn.to_q"));
        }
    }

    private static byte[] smoothing(Checkpoint checkpoint, String layer) {
        return checkpoint.tensor(LayerPart.SMOOTHING.of(layer)).data()
                .toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void modulationHasBitsOfItsOwn() {
        Recipe method = Method.DVD_QUANT.recipe(4);
        ModelRecipe usual = Pipelines.recipe(MODEL, method);
        LayerFormat four = usual.recipe().of(MODULATION);
        assertThat(four.activations()).isEmpty();
        assertThat(four.weights().range().bits()).isEqualTo(4);
        Path eight = quantize(usual.withModulation(8), "eight");
        Path none = quantize(usual.withModulation(16), "none");
        assertThat(QuantizedFormat.of(eight.resolve("transformer")).orElseThrow().of(MODULATION).orElseThrow().weights()
                .range().bits()).isEqualTo(8);
        assertThat(QuantizedFormat.of(none.resolve("transformer")).orElseThrow().of(MODULATION)).isEmpty();
        BitPlan a8 = new BitPlan.Fixed(8);
        double with4 = db(sample(quantize(usual, "four"), a8));
        double with8 = db(sample(eight, a8));
        double with16 = db(sample(none, a8));
        assertThat(with8).isGreaterThan(with4 - 0.5).isCloseTo(with16, within(1.5));
        assertThatThrownBy(() -> usual.withModulation(6)).isInstanceOf(InputException.class)
                .hasMessage("modulation at 6 bits, expected 4, 8 or 16");
        assertThatThrownBy(() -> Pipelines.recipe(Golden.MODEL, method).withModulation(4))
                .isInstanceOf(InputException.class).hasMessageContaining("that of this model is small");
        assertThat(Pipelines.recipe(Golden.MODEL, method).recipe()).isEqualTo(method);
    }

    @Test
    void errorsOfTheModulationAreReportedLikeOthers() {
        WeightSurvey survey = WeightSurvey.against(quantize(Method.DVD_QUANT), MODEL, 2, (_, _) -> {});
        assertThat(survey.layers()).extracting(LayerErrors::name).extracting("full").contains(MODULATION, PROJ_OUT);
        WeightSurvey before = WeightSurvey.of(MODEL,
                Method.DVD_QUANT.recipe(4).withRotation(new Rotation.Blocks(128, 0))
                        .weights(),
                2, (_, _) -> {});
        assertThat(before.layers()).extracting(LayerErrors::name).extracting("full").contains(MODULATION, PROJ_OUT);
    }
}
