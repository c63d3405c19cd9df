package dvdquant.core.metrics;

import java.util.List;

/**
 * The Fréchet distance between two sets of feature vectors, each taken for a normal distribution:
 * ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), the covariances over n − 1. The trace of the root is that of
 * (Σ₁^½ Σ₂ Σ₁^½)^½, which is symmetric. Sets of fewer vectors than features have singular covariances, whose eigenvalues come out
 * a little below 0 now and then: those count as 0.
 *
 * @see <a href="https://arxiv.org/abs/1706.08500">Heusel et al. 2017, equation 6</a>
 */
public final class FrechetDistance {
    private FrechetDistance() {}

    /**
     * @param a two vectors or more, all of one length
     * @param b the same, of the same length
     * @return 0 or more
     * @throws IllegalArgumentException if there are too few vectors, their lengths differ, or a value is not finite
     */
    public static double between(List<float[]> a, List<float[]> b) {
        requireVectors(a, a.isEmpty() ? 0 : a.getFirst().length);
        requireVectors(b, a.getFirst().length);
        double[] meanA = mean(a);
        double[] meanB = mean(b);
        double[][] covarianceA = covariance(a, meanA);
        double[][] covarianceB = covariance(b, meanB);
        double[][] root = SymmetricEigen.of(covarianceA).root();
        double[][] product = multiply(multiply(root, covarianceB), root);
        double traceOfRoot = SymmetricEigen.of(symmetric(product)).traceOfRoot();
        return Math.max(0, squaredDistance(meanA, meanB) + trace(covarianceA) + trace(covarianceB) - 2 * traceOfRoot);
    }

    private static void requireVectors(List<float[]> vectors, int length) {
        if (vectors.size() < 2) {
            throw new IllegalArgumentException("a set of " + vectors.size() + " vectors, expected 2 or more");
        }
        for (float[] vector : vectors) {
            if (vector.length != length) {
                throw new IllegalArgumentException("vectors of " + vector.length + " and of " + length + " features");
            }
            for (float value : vector) {
                if (!Float.isFinite(value)) throw new IllegalArgumentException("a feature is " + value);
            }
        }
    }

    private static double[] mean(List<float[]> vectors) {
        var mean = new double[vectors.getFirst().length];
        for (float[] vector : vectors) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i] / (double) vectors.size();
            }
        }
        return mean;
    }

    private static double[][] covariance(List<float[]> vectors, double[] mean) {
        int length = mean.length;
        var covariance = new double[length][length];
        for (float[] vector : vectors) {
            for (int i = 0; i < length; i++) {
                double weight = (vector[i] - mean[i]) / (vectors.size() - 1);
                for (int j = 0; j < length; j++) {
                    covariance[i][j] += weight * (vector[j] - mean[j]);
                }
            }
        }
        return symmetric(covariance);
    }

    private static double[][] multiply(double[][] a, double[][] b) {
        var product = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < b.length; k++) {
                for (int j = 0; j < b[k].length; j++) {
                    product[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return product;
    }

    /** Without the differences that rounding leaves between the halves. */
    private static double[][] symmetric(double[][] a) {
        var symmetric = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a.length; j++) {
                symmetric[i][j] = (a[i][j] + a[j][i]) / 2;
            }
        }
        return symmetric;
    }

    private static double trace(double[][] a) {
        double trace = 0;
        for (int i = 0; i < a.length; i++) {
            trace += a[i][i];
        }
        return trace;
    }

    private static double squaredDistance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }
}
