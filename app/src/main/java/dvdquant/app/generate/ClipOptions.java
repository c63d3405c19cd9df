package dvdquant.app.generate;

import dvdquant.app.options.FilePairs;
import dvdquant.app.text.Manifest;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.video.VideoFormat;
import dvdquant.video.VideoTarget;
import picocli.CommandLine.Option;

/** Where a clip goes, and how. */
final class ClipOptions {
    @Option(names = {"-o",
            "--output"}, paramLabel = "CLIP", required = true, description = "Where to write: .mp4, .webm, .gif, .apng, .webp, or a folder with a final / for PNG frames.")
    String output;

    @Option(names = "--fps", paramLabel = "N", description = "Frames a second (default: the model's).")
    private Integer fps;

    @Option(names = {"-q", "--quiet"}, description = "Print errors and warnings only.")
    boolean quiet;

    /** What is written of a clip: it and its manifest. */
    void addTo(FilePairs files, VideoTarget target) {
        if (target.format() == VideoFormat.FRAMES) {
            files.writesFolder("the clip", target.path());
        } else {
            files.writes("the clip", target.path());
        }
        files.writes("the clip's manifest", Manifest.beside(target.path()));
    }

    int fps(ClipDecoder pipeline) {
        return fps == null ? pipeline.defaults().fps() : fps;
    }
}
