package dvdquant.core.metrics;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class FrechetDistanceTest {
    static LongStream seeds() {
        return Seeds.of(5);
    }

    /** Correlated values: normal ones times a random matrix, moved. */
    private static List<float[]> vectors(long seed, int count, int length) {
        var random = new Random(seed);
        var mix = new double[length][length];
        for (double[] row : mix) {
            for (int j = 0; j < length; j++) {
                row[j] = random.nextGaussian();
            }
        }
        var vectors = new ArrayList<float[]>();
        for (int v = 0; v < count; v++) {
            var vector = new float[length];
            for (int j = 0; j < length; j++) {
                double normal = random.nextGaussian();
                for (int i = 0; i < length; i++) {
                    vector[i] += (float) (normal * mix[i][j]);
                }
            }
            vector[0] += 3;
            vectors.add(vector);
        }
        return vectors;
    }

    private static double mean(List<float[]> vectors, int i) {
        return vectors.stream().mapToDouble(vector -> vector[i]).average().orElseThrow();
    }

    private static double covariance(List<float[]> vectors, int i, int j) {
        double meanI = mean(vectors, i);
        double meanJ = mean(vectors, j);
        return vectors.stream().mapToDouble(vector -> (vector[i] - meanI) * (vector[j] - meanJ)).sum()
                / (vectors.size() - 1);
    }

    @Test
    void inOneDimensionComparesMeansAndDeviations() {
        List<float[]> a = List.of(new float[]{0}, new float[]{2}); // mean 1, variance 2
        List<float[]> b = List.of(new float[]{10}, new float[]{14}); // mean 12, variance 8
        assertThat(FrechetDistance.between(a, b)).isEqualTo(11 * 11 + 2, within(1e-12));
    }

    /** Of a 2×2 matrix M with eigenvalues of 0 or more, tr √M = √(tr M + 2 √det M). */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void agreesWithTheClosedFormInTwoDimensions(long seed) {
        List<float[]> a = vectors(seed, 20, 2);
        List<float[]> b = vectors(seed + 1000, 9, 2);
        double[] s = {covariance(a, 0, 0), covariance(a, 0, 1), covariance(a, 1, 1)};
        double[] t = {covariance(b, 0, 0), covariance(b, 0, 1), covariance(b, 1, 1)};
        double traceOfProduct = s[0] * t[0] + 2 * s[1] * t[1] + s[2] * t[2];
        double determinant = (s[0] * s[2] - s[1] * s[1]) * (t[0] * t[2] - t[1] * t[1]);
        double traceOfRoot = Math.sqrt(traceOfProduct + 2 * Math.sqrt(determinant));
        double expected = Math.pow(mean(a, 0) - mean(b, 0), 2) + Math.pow(mean(a, 1) - mean(b, 1), 2)
                + s[0] + s[2] + t[0] + t[2] - 2 * traceOfRoot;
        assertThat(FrechetDistance.between(a, b)).isEqualTo(expected, within(1e-9));
    }

    /** Eigenvalues of Σ² come out within ε ‖Σ‖², and so the roots of small ones within √ε ‖Σ‖ only: their sum within √ε tr Σ. */
    private static double roundingOfRoots(List<float[]> vectors, int length) {
        double trace = 0;
        for (int i = 0; i < length; i++) {
            trace += covariance(vectors, i, i);
        }
        return Math.sqrt(Math.ulp(1.0)) * trace;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isADistance(long seed) {
        List<float[]> a = vectors(seed, 30, 12);
        List<float[]> b = vectors(seed + 1000, 40, 12);
        double distance = FrechetDistance.between(a, b);
        assertThat(distance).isPositive().isEqualTo(FrechetDistance.between(b, a), within(1e-9 * distance));
        double rounding = roundingOfRoots(a, 12);
        assertThat(FrechetDistance.between(a, a)).isBetween(0.0, rounding);
        assertThat(FrechetDistance.between(a, a.reversed())).isBetween(0.0, rounding);
    }

    /** Fewer vectors than features, as 96 clips have 128; the root of Σ · 4 Σ is 2 Σ. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void takesSingularCovariances(long seed) {
        List<float[]> a = vectors(seed, 24, 32);
        List<float[]> doubled = a.stream().map(vector -> {
            var twice = new float[vector.length];
            for (int i = 0; i < twice.length; i++) {
                twice[i] = 2 * vector[i];
            }
            return twice;
        }).toList();
        double expected = 0; // ‖μ‖² + tr(Σ + 4 Σ − 2 · 2 Σ)
        for (int i = 0; i < 32; i++) {
            expected += mean(a, i) * mean(a, i) + covariance(a, i, i);
        }
        assertThat(FrechetDistance.between(a, doubled)).isEqualTo(expected, within(1e-6 * expected));
        assertThat(FrechetDistance.between(doubled, a)).isEqualTo(expected, within(1e-6 * expected));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void eigenvectorsRebuildTheMatrix(long seed) {
        int n = 33;
        float[] values = Seeds.gaussian(seed, n * n);
        var matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                matrix[i][j] = values[i * n + j] + values[j * n + i];
            }
        }
        SymmetricEigen eigen = SymmetricEigen.of(matrix);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                double product = 0;
                for (int e = 0; e < n; e++) {
                    sum += eigen.values()[e] * eigen.vectors()[e][i] * eigen.vectors()[e][j];
                    product += eigen.vectors()[i][e] * eigen.vectors()[j][e];
                }
                assertThat(sum).isEqualTo(matrix[i][j], within(1e-12));
                assertThat(product).isEqualTo(i == j ? 1 : 0, within(1e-13));
            }
        }
    }

    @Test
    void refusesWhatHasNoCovariance() {
        List<float[]> pair = List.of(new float[]{1, 2}, new float[]{3, 4});
        assertThatThrownBy(() -> FrechetDistance.between(pair.subList(0, 1), pair))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("a set of 1 vectors, expected 2 or more");
        assertThatThrownBy(() -> FrechetDistance.between(pair, List.of(new float[3], new float[3])))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("vectors of 3 and of 2 features");
        assertThatThrownBy(() -> FrechetDistance.between(List.of(new float[]{Float.NaN, 0}, new float[2]), pair))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("a feature is NaN");
    }
}
