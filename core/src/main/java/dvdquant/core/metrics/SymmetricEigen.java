package dvdquant.core.metrics;

/**
 * The eigenvalues and eigenvectors of a symmetric matrix, A = Σ λᵢ vᵢ vᵢᵀ, by the cyclic Jacobi method: each pair of axes is
 * turned so that their common entry vanishes, until all have. About eight rounds; 128×128 take a tenth of a second. A library of
 * linear algebra would be the core's only dependency besides JSON, for a method as accurate and as short as this.
 *
 * @param values in no order
 * @param vectors of length 1, a row each, in the order of the values
 * @see <a href="https://en.wikipedia.org/wiki/Jacobi_eigenvalue_algorithm">Golub and Van Loan, Matrix Computations, §8.5</a>
 */
record SymmetricEigen(double[] values, double[][] vectors) {
    private static final int MAX_ROUNDS = 50;
    /** Off-diagonal size, squared and relative, that counts as none. */
    private static final double NEGLIGIBLE = 1e-30;

    static SymmetricEigen of(double[][] symmetric) {
        int n = symmetric.length;
        var a = new double[n][];
        var vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            a[i] = symmetric[i].clone();
            vectors[i][i] = 1;
        }
        double size = squares(a, true);
        for (int round = 0; squares(a, false) > NEGLIGIBLE * size; round++) {
            if (round == MAX_ROUNDS) throw new IllegalArgumentException("no eigenvalues found in " + round + " rounds");
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    if (a[p][q] != 0) turn(a, vectors, p, q);
                }
            }
        }
        var values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = a[i][i];
        }
        return new SymmetricEigen(values, vectors);
    }

    private static double squares(double[][] a, boolean withDiagonal) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a.length; j++) {
                if (i != j || withDiagonal) sum += a[i][j] * a[i][j];
            }
        }
        return sum;
    }

    /** Turns axes p and q by the smaller angle that makes a[p][q] zero. */
    private static void turn(double[][] a, double[][] vectors, int p, int q) {
        double cotangent = (a[q][q] - a[p][p]) / (2 * a[p][q]); // of twice the angle
        double tangent = Math.copySign(1, cotangent) / (Math.abs(cotangent) + Math.hypot(cotangent, 1));
        double cosine = 1 / Math.hypot(tangent, 1);
        double sine = tangent * cosine;
        for (double[] row : a) {
            double rowP = row[p];
            row[p] = cosine * rowP - sine * row[q];
            row[q] = sine * rowP + cosine * row[q];
        }
        turnRows(a[p], a[q], cosine, sine);
        turnRows(vectors[p], vectors[q], cosine, sine);
        a[p][q] = 0;
        a[q][p] = 0;
    }

    private static void turnRows(double[] p, double[] q, double cosine, double sine) {
        for (int i = 0; i < p.length; i++) {
            double valueP = p[i];
            p[i] = cosine * valueP - sine * q[i];
            q[i] = sine * valueP + cosine * q[i];
        }
    }

    /** The symmetric root Σ √λᵢ vᵢ vᵢᵀ; eigenvalues below 0 count as 0. */
    double[][] root() {
        int n = values.length;
        var root = new double[n][n];
        for (int e = 0; e < n; e++) {
            double scale = Math.sqrt(Math.max(0, values[e]));
            for (int i = 0; i < n; i++) {
                double weight = scale * vectors[e][i];
                for (int j = 0; j < n; j++) {
                    root[i][j] += weight * vectors[e][j];
                }
            }
        }
        return root;
    }

    /** The trace of {@link #root()}. */
    double traceOfRoot() {
        double sum = 0;
        for (double value : values) {
            sum += Math.sqrt(Math.max(0, value));
        }
        return sum;
    }
}
