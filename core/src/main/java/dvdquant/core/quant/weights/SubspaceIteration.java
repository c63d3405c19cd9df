package dvdquant.core.quant.weights;

import dvdquant.core.vector.Fma;
import dvdquant.core.vector.Lanes;
import jdk.incubator.vector.FloatVector;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Finds the largest singular values of a matrix and their vectors: random directions are multiplied by the matrix and its transpose
 * by turns, and made orthonormal each time; in the end the few that are left are turned until they are singular vectors. All vectors
 * are rows of arrays.
 */
final class SubspaceIteration {
    private static final long SEED = 20_411_05_007L;
    /** Directions beside those asked for: they make the others converge sooner. */
    private static final int SPARE = 16;
    private static final int ROUNDS = 6;
    private static final int MOST_SWEEPS = 30;
    /** A cosine between two directions that counts as none. */
    private static final double NEGLIGIBLE = 1e-7;

    private final float[][] matrix;
    private final int rank;
    private final int rows;
    private final int columns;

    SubspaceIteration(float[][] matrix, int rank) {
        this.matrix = matrix;
        this.rank = rank;
        this.rows = matrix.length;
        this.columns = matrix[0].length;
    }

    LowRank run() {
        int directions = Math.min(rank + SPARE, Math.min(rows, columns));
        float[][] right = new float[directions][columns];
        var random = new Random(SEED);
        for (float[] direction : right) {
            for (int k = 0; k < columns; k++) {
                direction[k] = (float) random.nextGaussian();
            }
        }
        float[][] left = times(right);
        for (int round = 0; round < ROUNDS; round++) {
            orthonormalize(left);
            right = transposeTimes(left);
            orthonormalize(right);
            left = times(right);
        }
        orthonormalize(left);
        right = transposeTimes(left); // Σ Vᵀ, but for a turn
        turn(right, left);
        return largest(right, left);
    }

    /** matrix · v for each v. */
    private float[][] times(float[][] vectors) {
        var products = new float[vectors.length][rows];
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors.length; v++) {
                products[v][row] = dot(matrix[row], vectors[v]);
            }
        }
        return products;
    }

    private static float dot(float[] a, float[] b) {
        FloatVector even = Lanes.ZERO;
        FloatVector odd = Lanes.ZERO;
        int i = 0;
        for (; i <= a.length - 2 * Lanes.COUNT; i += 2 * Lanes.COUNT) {
            even = Fma.multiplyAdd(Lanes.load(a, i), Lanes.load(b, i), even);
            odd = Fma.multiplyAdd(Lanes.load(a, i + Lanes.COUNT), Lanes.load(b, i + Lanes.COUNT), odd);
        }
        float sum = 0;
        for (float lane : even.add(odd).toArray()) { // in a fixed order, which that of reduceLanes(ADD) is not
            sum += lane;
        }
        for (; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** matrixᵀ · v for each v. */
    private float[][] transposeTimes(float[][] vectors) {
        var products = new float[vectors.length][columns];
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors.length; v++) {
                add(products[v], vectors[v][row], matrix[row]);
            }
        }
        return products;
    }

    private static void add(float[] to, float factor, float[] vector) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * vector[i];
        }
    }

    /** Gram and Schmidt's, twice; a direction that depends on those before it becomes zero. */
    private static void orthonormalize(float[][] vectors) {
        for (int v = 0; v < vectors.length; v++) {
            double before = length(vectors[v]);
            for (int pass = 0; pass < 2; pass++) {
                for (int w = 0; w < v; w++) {
                    add(vectors[v], (float) -precise(vectors[w], vectors[v]), vectors[w]);
                }
            }
            double after = length(vectors[v]);
            float scale = after > 1e-6 * before ? (float) (1 / after) : 0;
            for (int i = 0; i < vectors[v].length; i++) {
                vectors[v][i] *= scale;
            }
        }
    }

    private static double length(float[] vector) {
        return Math.sqrt(precise(vector, vector));
    }

    private static double precise(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** One-sided Jacobi: turns pairs until all of {@code vectors} are orthogonal, and their partners with them. */
    private static void turn(float[][] vectors, float[][] partners) {
        boolean turning = true;
        for (int sweep = 0; sweep < MOST_SWEEPS && turning; sweep++) {
            turning = false;
            for (int p = 0; p < vectors.length; p++) {
                for (int q = p + 1; q < vectors.length; q++) {
                    double pp = precise(vectors[p], vectors[p]);
                    double qq = precise(vectors[q], vectors[q]);
                    double pq = precise(vectors[p], vectors[q]);
                    if (Math.abs(pq) <= NEGLIGIBLE * Math.sqrt(pp * qq)) continue;
                    double cotangent = (qq - pp) / (2 * pq); // of twice the angle
                    double tangent = Math.copySign(1, cotangent) / (Math.abs(cotangent) + Math.hypot(cotangent, 1));
                    double cosine = 1 / Math.hypot(tangent, 1);
                    turn(vectors[p], vectors[q], cosine, tangent * cosine);
                    turn(partners[p], partners[q], cosine, tangent * cosine);
                    turning = true;
                }
            }
        }
    }

    private static void turn(float[] p, float[] q, double cosine, double sine) {
        for (int i = 0; i < p.length; i++) {
            double valueP = p[i];
            p[i] = (float) (cosine * valueP - sine * q[i]);
            q[i] = (float) (sine * valueP + cosine * q[i]);
        }
    }

    private LowRank largest(float[][] right, float[][] left) {
        double[] lengths = Arrays.stream(right).mapToDouble(SubspaceIteration::length).toArray();
        int[] order = IntStream.range(0, right.length).boxed().sorted(Comparator.comparing(v -> -lengths[v]))
                .limit(rank).mapToInt(v -> v).toArray();
        return new LowRank(Arrays.stream(order).mapToObj(v -> right[v]).toArray(float[][]::new),
                Arrays.stream(order).mapToObj(v -> left[v]).toArray(float[][]::new));
    }
}
