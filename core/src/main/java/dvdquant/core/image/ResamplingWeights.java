package dvdquant.core.image;

/**
 * What each pixel of a resampled row takes of the row's pixels.
 *
 * @param first of each output pixel, the first input pixel it takes of
 * @param weights of each output pixel, the weights from there on; they add up to about 2^fractionBits
 */
record ResamplingWeights(int[] first, int[][] weights, int fractionBits) {
    /** For rows of {@code from} pixels that become rows of {@code to}. Shrinking widens the kernel, so that nothing is skipped. */
    static ResamplingWeights of(ResamplingKernel kernel, FixedPoint fixedPoint, int from, int to) {
        double scale = (double) from / to;
        double stretch = Math.max(1, scale);
        double reach = kernel.support() * stretch;
        var first = new int[to];
        var weights = new double[to][];
        double largest = 0;
        for (int i = 0; i < to; i++) {
            double center = (i + 0.5) * scale;
            first[i] = Math.max(0, (int) (center - reach + 0.5));
            int end = Math.min(from, (int) (center + reach + 0.5));
            weights[i] = normalized(kernel, end - first[i], first[i] - center + 0.5, stretch);
            for (double weight : weights[i]) {
                largest = Math.max(largest, weight);
            }
        }
        int bits = fixedPoint.fractionBits(largest);
        var rounded = new int[to][];
        for (int i = 0; i < to; i++) {
            rounded[i] = rounded(weights[i], bits);
        }
        return new ResamplingWeights(first, rounded, bits);
    }

    /** Weights whose sum is 1, of pixels at growing distances. */
    private static double[] normalized(ResamplingKernel kernel, int count, double distance, double stretch) {
        var weights = new double[count];
        double sum = 0;
        for (int j = 0; j < count; j++) {
            weights[j] = kernel.at((j + distance) / stretch);
            sum += weights[j];
        }
        for (int j = 0; j < count; j++) {
            weights[j] /= sum;
        }
        return weights;
    }

    private static int[] rounded(double[] weights, int bits) {
        var rounded = new int[weights.length];
        for (int j = 0; j < weights.length; j++) {
            rounded[j] = (int) (weights[j] * (1 << bits) + Math.copySign(0.5, weights[j]));
        }
        return rounded;
    }
}
