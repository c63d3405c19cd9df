package dvdquant.core.quant.grids;

import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.ReferenceRowKernel;
import dvdquant.core.testing.Seeds;
import dvdquant.core.vector.Fma;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Passes in one loop give the bits of those in parts: codes do not depend on which of them ran. */
class GroupKernelTest {
    static LongStream seeds() {
        return Seeds.of(3);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void passesInOneLoopAreThoseInParts(long seed) {
        assumeTrue(Fma.FUSED, "the loops are for CPUs that multiply and add at once");
        for (int columns : new int[]{1, 2, 13, 64}) {
            for (int groups : new int[]{1, 5, 8, 13, 16}) {
                for (int bits = 2; bits <= 7; bits++) {
                    for (float[] row : RowQuantizerTest.hostile(seed, columns * groups)) {
                        agree(new CodeRange(bits), row, groups, columns);
                    }
                }
            }
        }
    }

    private static void agree(CodeRange range, float[] row, int groups, int columns) {
        var tile = Tile.ofGroups(groups, columns);
        tile.fillGroups(row, 0);
        tile.scale(StepFormat.of(new ReferenceRowKernel().magnitude(row, 0, row.length), false));
        float[][] vectors = search(new VectorGroupKernel(range), range, tile);
        float[][] parts = search(new ReferenceGroupKernel(new VectorGridKernel(), range), range, tile);
        for (int i = 0; i < vectors.length; i++) {
            assertThat(Arrays.copyOf(vectors[i], groups)).as("array %d, %s, groups of %d", i, range, columns)
                    .isEqualTo(Arrays.copyOf(parts[i], groups));
        }
    }

    /** What a search does, and all that it leaves. */
    private static float[][] search(GroupKernel kernel, CodeRange range, Tile tile) {
        var own = new Grids();
        kernel.span(tile, range, own);
        float widest = 0;
        for (int group = 0; group < tile.filled; group++) {
            widest = Math.max(widest, own.step[group]);
        }
        var multiples = new Grids();
        kernel.spanMultiples(tile, range, widest / range.maximumMultiplier(), own, multiples);
        float[] move = new float[Tile.LANES];
        Arrays.fill(move, GridSearch.FIRST_MOVE);
        for (int i = 0; i < 5; i++) {
            kernel.tighten(tile, range, move, own);
        }
        var best = new Grids();
        Arrays.fill(best.error, Float.POSITIVE_INFINITY);
        for (GroupKernel.Pair pair : new GroupKernel.Pair[]{GroupKernel.Pair.ENDS, GroupKernel.Pair.NEIGHBORS}) {
            kernel.tryPair(tile, range, widest / 6, pair, own, best);
        }
        return new float[][]{own.step, own.low, own.least, own.most, own.error, multiples.step, multiples.low,
                multiples.multiplier, multiples.error, move, best.step, best.low, best.multiplier, best.error};
    }
}
