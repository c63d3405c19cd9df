package dvdquant.models;

import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.VideoPipeline;

import java.nio.file.Path;

/** The latents of five frames in one step: little work, and no step on which errors grow, for comparing one model's numbers with another's. */
final class ShortClip {
    private ShortClip() {}

    static Latents sample(Path model, BitPlan activations) {
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = pipeline.request("a large red circle moves right on a plain navy background")
                    .withSteps(1).withSize(5, 128, 128).withSeed(42).withActivations(activations);
            var texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation());
        }
    }
}
