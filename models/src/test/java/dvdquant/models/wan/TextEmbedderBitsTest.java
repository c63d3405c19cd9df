package dvdquant.models.wan;

import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** A model of which the layers alone are quantized that run once a prompt, before any step. */
@NoLeaks
class TextEmbedderBitsTest {
    @TempDir
    Path folder;

    @Test
    void itsActivationsHaveTheBitsThatAreAskedFor() {
        Path model = folder.resolve("quantized");
        new Quantizer(Method.DVD_QUANT.recipe(4), new TreeMap<>(
                Map.of("transformer", LayerSelection.of("condition_embedder\\.text_embedder\\..*"))), 2, false)
                .run(Golden.MODEL.toAbsolutePath(), model, (_, _) -> {});
        float[] eight = sample(model, new BitPlan.Fixed(8));
        assertThat(sample(model, new BitPlan.Fixed(4))).isNotEqualTo(eight);
        assertThat(sample(model, new BitPlan.Full())).isNotEqualTo(eight);
        assertThat(sample(model, new BitPlan.Pattern("44"))).as("switching").isEqualTo(eight);
    }

    private static float[] sample(Path model, BitPlan activations) {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            var request = pipeline.request("a large red circle").withSteps(2).withSize(5, 64, 64).withGuidance(1)
                    .withActivations(activations);
            var texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation()).values();
        }
    }
}
