package dvdquant.tensor;

import dvdquant.tensor.Convolution.Activation;

/**
 * Means and variances of a clip's channels, over all pixels of all frames.
 *
 * @param means [channels]
 * @param variances [channels]
 */
public record Moments(double[] means, double[] variances) {
    /**
     * By libtorch's operations.
     *
     * @param x [1, channels, frames, height, width]
     */
    static Moments of(Tensor x) {
        try (var _ = TensorScope.open()) {
            return new Moments(doubles(x.mean(2, 3, 4)), doubles(x.variance(2, 3, 4)));
        }
    }

    private static double[] doubles(Tensor values) {
        float[] floats = values.toFloats();
        var doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    /**
     * {@return GroupNorm as a gain and an offset a channel: a group's variance is that of its channels and that of their
     * means}
     *
     * @param norm groups, gain and offset
     * @param device where the factors are put
     */
    public Activation.Scaled norm(Kernels.GroupNorm norm, Device device) {
        float[] gains = norm.gain().toFloats();
        float[] offsets = norm.offset().toFloats();
        int width = means.length / norm.groups();
        for (int first = 0; first < means.length; first += width) {
            double mean = mean(first, width);
            double scale = 1 / Math.sqrt(variance(first, width, mean) + norm.eps());
            for (int c = first; c < first + width; c++) {
                double gain = gains[c] * scale;
                gains[c] = (float) gain;
                offsets[c] = (float) (offsets[c] - mean * gain);
            }
        }
        return new Activation.Scaled(onDevice(gains, device), onDevice(offsets, device));
    }

    private double mean(int first, int width) {
        double sum = 0;
        for (int c = first; c < first + width; c++) {
            sum += means[c];
        }
        return sum / width;
    }

    private double variance(int first, int width, double mean) {
        double sum = 0;
        for (int c = first; c < first + width; c++) {
            sum += variances[c] + (means[c] - mean) * (means[c] - mean);
        }
        return sum / width;
    }

    private static Tensor onDevice(float[] values, Device device) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.ofFloats(values, 1, values.length, 1, 1, 1).to(device));
        }
    }
}
