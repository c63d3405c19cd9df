package dvdquant.app.cli;

import dvdquant.core.InputException;
import dvdquant.models.wan.WanArchitecture.Wan21;
import dvdquant.models.wan.WanConfig;
import picocli.CommandLine.Option;

/** Whose shapes a benchmark of kernels takes. */
final class BenchShapeOptions {
    @Option(names = "--like", paramLabel = "MODEL", required = true, converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    Wan21 like;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "4096", description = "Tokens of the video (default: 4096; 81 frames of 480x832 are 32760).")
    private int tokens;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of weights and input (default: 0).")
    long seed;

    WanConfig config() {
        return like.architecture().transformer();
    }

    int tokens() {
        if (tokens < 1) throw new InputException("--tokens " + tokens + ", expected 1 or more");
        return tokens;
    }
}
