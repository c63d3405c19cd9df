package example;

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

/** A prompt to a clip: {@code generate MODEL PROMPT CLIP.mp4}. */
public final class Generate {
    private Generate() {}

    public static void main(String[] args) {
        if (args.length != 3) throw new IllegalArgumentException("expected MODEL PROMPT CLIP");
        try (VideoPipeline pipeline = Pipelines.open(Path.of(args[0]), LoadOptions.defaults())) {
            GenerationRequest request = pipeline.request(args[1]).withSteps(12).withSeed(7);
            pipeline.plan(request).requireFits();
            var listener = new PipelineListener() {
                @Override
                public void onProgress(Progress progress) {
                    System.out.println(progress);
                }
            };
            Video video = pipeline.generate(request, listener, new Cancellation());
            VideoWriter.write(video, pipeline.defaults().fps(), VideoTarget.parse(args[2]));
        }
    }
}
