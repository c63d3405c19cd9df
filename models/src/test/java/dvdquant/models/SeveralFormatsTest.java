package dvdquant.models;

import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

/** Models whose layers are quantized in several ways. */
@NoLeaks
class SeveralFormatsTest {
    private static final BitPlan A4 = new BitPlan.Fixed(4);
    private static final String FEED_FORWARD = ".*\\.ffn\\..*";

    @TempDir
    Path folder;

    private Path quantize(Recipe recipe, String name) {
        Path target = folder.resolve(name);
        new Quantizer(recipe, Pipelines.quantizedLayers(Golden.MODEL), 2, true).run(Golden.MODEL.toAbsolutePath(),
                target, (_, _) -> {});
        return target;
    }

    private static double db(Path model, Latents full) {
        return Sqnr.db(ShortClip.sample(model, A4).values(), full.values());
    }

    /** As modulation is to be: weights of 4 bits, inputs of 16. */
    @Test
    void someLayersCanTakeTheirInputAsItIs() {
        Recipe recipe = Method.DVD_QUANT.recipe(4);
        Recipe mixed = recipe.withOther(FEED_FORWARD, recipe.usual().withActivations(Optional.empty()));
        Path all = quantize(recipe, "all");
        Path some = quantize(mixed, "some");
        try (var a = Checkpoint.open(all.resolve("transformer"));
                var b = Checkpoint.open(some.resolve("transformer"))) {
            a.tensors().forEach((name, tensor) -> assertThat(b.tensor(name).data().mismatch(tensor.data())).as(name)
                    .isEqualTo(-1)); // the weights are the same
        }
        Latents full = ShortClip.sample(Golden.MODEL, A4);
        assertThat(db(some, full)).isGreaterThan(db(all, full));
        Recipe none = new Recipe(recipe.method(), recipe.usual().withActivations(Optional.empty()));
        assertThat(ShortClip.sample(quantize(none, "none"), A4).values())
                .isEqualTo(ShortClip.sample(all, new BitPlan.Full()).values());
    }

    @Test
    void eachLayerHasItsOwnBitsGroupsAndRotation() {
        Recipe recipe = Method.DVD_QUANT.recipe(4);
        LayerFormat eight = Method.DVD_QUANT.recipe(8).withRotation(new Rotation.Full(0)).usual();
        Path model = quantize(recipe.withOther(FEED_FORWARD, eight), "mixed");
        QuantizedFormat format = QuantizedFormat.of(model.resolve("transformer")).orElseThrow();
        assertThat(format.of("blocks.0.ffn.net.2")).contains(eight);
        assertThat(format.of("blocks.0.attn1.to_q")).contains(recipe.usual());
        CheckpointSize size = Pipelines.size(model);
        assertThat(size.bitsAWeight()).isBetween(4.5, 8.0);
        Latents full = ShortClip.sample(Golden.MODEL, A4);
        assertThat(db(model, full)).isGreaterThan(12);
    }

    /** One layer that only an emulation can run makes all of them emulated. */
    @Test
    void whatCannotRunAsIntegersIsEmulated() {
        Recipe recipe = Method.DVD_QUANT.recipe(4);
        LayerFormat free = Method.SVDQUANT.recipe(4).withSmoothing(Optional.empty()).usual();
        Path model = quantize(recipe.withOther("blocks\\.0\\.ffn\\.net\\.2", free), "free");
        Latents full = ShortClip.sample(Golden.MODEL, A4);
        assertThat(db(model, full)).isGreaterThan(12);
    }
}
