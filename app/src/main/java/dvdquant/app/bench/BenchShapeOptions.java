package dvdquant.app.bench;

import dvdquant.app.bench.LikeConverter;
import dvdquant.measure.Published;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whose shapes a benchmark of kernels takes. */
final class BenchShapeOptions {
    @Option(names = "--like", paramLabel = "MODEL", required = true, converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    Published like;

    @Mixin
    BenchInputOptions input;
}
