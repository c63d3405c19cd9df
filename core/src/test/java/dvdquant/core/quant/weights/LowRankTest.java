package dvdquant.core.quant.weights;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class LowRankTest {
    static LongStream seeds() {
        return Seeds.of(3);
    }

    private static float[][] matrix(long seed, int rows, int columns) {
        var matrix = new float[rows][];
        for (int i = 0; i < rows; i++) {
            matrix[i] = Seeds.gaussian(seed * 1000 + i, columns);
        }
        return matrix;
    }

    private static float[][] product(float[][] up, float[][] down) {
        var product = new float[up[0].length][down[0].length];
        for (int r = 0; r < up.length; r++) {
            for (int i = 0; i < product.length; i++) {
                for (int k = 0; k < product[i].length; k++) {
                    product[i][k] += up[r][i] * down[r][k];
                }
            }
        }
        return product;
    }

    private static double squares(float[][] matrix) {
        double sum = 0;
        for (float[] row : matrix) {
            sum += dot(row, row);
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static double residual(float[][] matrix, LowRank branch) {
        var rest = new float[matrix.length][];
        for (int i = 0; i < matrix.length; i++) {
            rest[i] = matrix[i].clone();
            branch.subtractFrom(rest[i], i);
        }
        return squares(rest);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aMatrixOfThatRankIsFoundAgain(long seed) {
        float[][] matrix = product(matrix(seed, 5, 70), matrix(seed + 7, 5, 41));
        LowRank branch = LowRank.of(matrix, 5);
        assertThat(residual(matrix, branch)).isLessThan(1e-9 * squares(matrix));
        // With more directions than it has, those in excess are nothing.
        assertThat(residual(matrix, LowRank.of(matrix, 9))).isLessThan(1e-9 * squares(matrix));
    }

    /** The singular values of a matrix that is made of them: the largest come first, and what is left is the others. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theLargestSingularValuesAreTaken(long seed) {
        int size = 60;
        float[][] left = LowRank.of(matrix(seed, size, 90), size).up();
        float[][] right = LowRank.of(matrix(seed + 1, size, 80), size).up();
        double rest = 0;
        for (int v = 0; v < size; v++) {
            float value = (float) (10 / Math.sqrt(v + 1));
            if (v >= 8) rest += value * value;
            for (int i = 0; i < size; i++) {
                left[v][i] *= value;
            }
        }
        float[][] matrix = product(left, right);
        LowRank branch = LowRank.of(matrix, 8);
        for (int v = 0; v < 8; v++) {
            assertThat(Math.sqrt(dot(branch.down()[v], branch.down()[v]))).isCloseTo(10 / Math.sqrt(v + 1),
                    within(1e-2));
        }
        assertThat(residual(matrix, branch)).isCloseTo(rest, within(1e-3 * rest));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void directionsAreOrthogonalAndTheResidualIsNeverLarger(long seed) {
        for (int[] shape : new int[][]{{1, 1, 1}, {3, 50, 3}, {50, 3, 2}, {64, 48, 16}, {40, 40, 32}}) {
            float[][] matrix = matrix(seed, shape[0], shape[1]);
            LowRank branch = LowRank.of(matrix, shape[2]);
            assertThat(branch.rank()).isEqualTo(shape[2]);
            for (int p = 0; p < shape[2]; p++) {
                for (int q = 0; q < shape[2]; q++) {
                    assertThat(dot(branch.up()[p], branch.up()[q])).isCloseTo(p == q ? 1 : 0, within(1e-5));
                }
            }
            assertThat(residual(matrix, branch)).isLessThanOrEqualTo(squares(matrix) * (1 + 1e-9));
            assertThat(LowRank.of(matrix, shape[2]).down()).isDeepEqualTo(branch.down());
        }
    }

    @Test
    void zerosAndWrongRanks() {
        var zeros = new float[4][6];
        assertThat(LowRank.of(zeros, 2).down()).isDeepEqualTo(new float[2][6]);
        assertThatThrownBy(() -> LowRank.of(zeros, 5)).hasMessageContaining("rank 5 of a weight [4, 6]");
        assertThatThrownBy(() -> LowRank.of(zeros, 0)).hasMessageContaining("rank 0");
    }
}
