package dvdquant.models.wan;

import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Activations;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.quantize.Method;
import dvdquant.models.quantize.Quantizer;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        new Quantizer(Method.DVD_QUANT.recipe(4), Optional.empty(),
                List.of(Pattern.compile("condition_embedder\\.text_embedder\\..*")), List.of(), 2, false)
                .run(Golden.MODEL.toAbsolutePath(), model, (_, _) -> {});
        float[] eight = sample(model, new Activations.Fixed(8));
        assertThat(sample(model, new Activations.Fixed(4))).isNotEqualTo(eight);
        assertThat(sample(model, new Activations.Full())).isNotEqualTo(eight);
        assertThat(sample(model, new Activations.Pattern("44"))).as("switching").isEqualTo(eight);
    }

    private static float[] sample(Path model, Activations activations) {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            var request = pipeline.request("a large red circle").withSteps(2).withSize(5, 64, 64).withGuidance(1)
                    .withActivations(activations);
            var texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation()).values();
        }
    }
}
