package dvdquant.core.metrics;

import java.util.Arrays;

/**
 * The similarity of one color of two frames. The window is a product of two Gaussians: rows are filtered along x, the last eleven
 * are kept, and each new one completes a row of places.
 */
final class SsimChannel {
    static final int WINDOW = 11;

    private static final double SIGMA = 1.5;
    private static final double C1 = 0.01 * 0.01;
    private static final double C2 = 0.03 * 0.03;
    private static final double[] WEIGHTS = gaussian();
    /** What is averaged under the window: a, b, a², b², ab. */
    private static final int MOMENTS = 5;

    private final int width;
    private final int height;
    private final int placesAcross;
    private final double[][] line;
    /** Row y, filtered along x, at y mod 11. */
    private final double[][][] rows;
    private final double[][] means;

    SsimChannel(int width, int height) {
        this.width = width;
        this.height = height;
        this.placesAcross = width - WINDOW + 1;
        this.line = new double[MOMENTS][width];
        this.rows = new double[WINDOW][MOMENTS][placesAcross];
        this.means = new double[MOMENTS][placesAcross];
    }

    private static double[] gaussian() {
        var weights = new double[WINDOW];
        for (int i = 0; i < WINDOW; i++) {
            double distance = i - WINDOW / 2;
            weights[i] = Math.exp(-distance * distance / (2 * SIGMA * SIGMA));
        }
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    /**
     * @param color 0, 1 or 2
     * @return the mean over all places of the window
     */
    double mean(byte[] a, byte[] b, int color) {
        double sum = 0;
        for (int y = 0; y < height; y++) {
            readLine(a, b, 3 * y * width + color);
            for (int m = 0; m < MOMENTS; m++) {
                filterAcross(line[m], rows[y % WINDOW][m]);
            }
            if (y >= WINDOW - 1) sum += sumOfPlaces(y - WINDOW + 1);
        }
        return sum / ((double) placesAcross * (height - WINDOW + 1));
    }

    private void readLine(byte[] a, byte[] b, int offset) {
        for (int x = 0; x < width; x++) {
            double valueA = (a[offset + 3 * x] & 0xff) / 255.0;
            double valueB = (b[offset + 3 * x] & 0xff) / 255.0;
            line[0][x] = valueA;
            line[1][x] = valueB;
            line[2][x] = valueA * valueA;
            line[3][x] = valueB * valueB;
            line[4][x] = valueA * valueB;
        }
    }

    private static void filterAcross(double[] from, double[] to) {
        Arrays.fill(to, 0);
        for (int k = 0; k < WINDOW; k++) {
            double weight = WEIGHTS[k];
            for (int x = 0; x < to.length; x++) {
                to[x] += weight * from[x + k];
            }
        }
    }

    /** The similarities of the places whose windows begin at row {@code top}. */
    private double sumOfPlaces(int top) {
        for (int m = 0; m < MOMENTS; m++) {
            Arrays.fill(means[m], 0);
            for (int k = 0; k < WINDOW; k++) {
                addWeighted(rows[(top + k) % WINDOW][m], WEIGHTS[k], means[m]);
            }
        }
        double sum = 0;
        for (int x = 0; x < placesAcross; x++) {
            double meanA = means[0][x];
            double meanB = means[1][x];
            double varianceA = means[2][x] - meanA * meanA;
            double varianceB = means[3][x] - meanB * meanB;
            double covariance = means[4][x] - meanA * meanB;
            sum += (2 * meanA * meanB + C1) * (2 * covariance + C2)
                    / ((meanA * meanA + meanB * meanB + C1) * (varianceA + varianceB + C2));
        }
        return sum;
    }

    private static void addWeighted(double[] from, double weight, double[] to) {
        for (int x = 0; x < to.length; x++) {
            to[x] += weight * from[x];
        }
    }
}
