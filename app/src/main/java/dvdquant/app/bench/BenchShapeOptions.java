package dvdquant.app.bench;

import dvdquant.app.bench.LikeConverter;
import dvdquant.models.wan.WanArchitecture.Wan21;
import dvdquant.models.wan.WanConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whose shapes a benchmark of kernels takes. */
final class BenchShapeOptions {
    @Option(names = "--like", paramLabel = "MODEL", required = true, converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    Wan21 like;

    @Mixin
    BenchInputOptions input;

    WanConfig config() {
        return like.architecture().transformer();
    }
}
