package dvdquant.app.example;

// [readme
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.video.VideoTarget;
import dvdquant.video.VideoWriter;

import java.nio.file.Path;

final class Example {
    static void generate(Path model, String clip) {
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = pipeline
                    .request("a small green star spins in place on a plain black background")
                    .withSteps(20).withSeed(7);
            var listener = new PipelineListener() {
                @Override
                public void onProgress(Progress progress) {
                    System.out.println(progress);
                }
            };
            var cancellation = new Cancellation(); // cancel() stops it, from any thread
            Video video = pipeline.generate(request, listener, cancellation);
            VideoWriter.write(video, pipeline.defaults().fps(), VideoTarget.parse(clip));
        }
    }
}
// readme]
