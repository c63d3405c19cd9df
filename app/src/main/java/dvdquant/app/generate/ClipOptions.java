package dvdquant.app.generate;

import dvdquant.models.pipeline.ClipDecoder;
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

    int fps(ClipDecoder pipeline) {
        return fps == null ? pipeline.defaults().fps() : fps;
    }
}
