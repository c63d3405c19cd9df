package dvdquant.tensor;

/** The operations of {@link Kernels} as their formulas say, in float64, one output after the other. */
public final class ReferenceKernels {
    private ReferenceKernels() {}

    /** y = x · weightᵀ + bias, of [tokens, in] and [out, in]; {@code bias} may be null. */
    public static double[] linear(float[] x, float[] weight, float[] bias, int in) {
        int tokens = x.length / in;
        int out = weight.length / in;
        var y = new double[tokens * out];
        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < out; o++) {
                double sum = bias == null ? 0 : bias[o];
                for (int i = 0; i < in; i++) {
                    sum += (double) x[t * in + i] * weight[o * in + i];
                }
                y[t * out + o] = sum;
            }
        }
        return y;
    }

    public static double[] layerNorm(float[] x, float[] gain, float[] offset, double eps) {
        int width = gain.length;
        var y = new double[x.length];
        for (int row = 0; row < x.length; row += width) {
            double mean = 0;
            for (int c = 0; c < width; c++) {
                mean += (double) x[row + c] / width;
            }
            double variance = 0;
            for (int c = 0; c < width; c++) {
                variance += (x[row + c] - mean) * (x[row + c] - mean) / width;
            }
            for (int c = 0; c < width; c++) {
                y[row + c] = (x[row + c] - mean) / Math.sqrt(variance + eps) * gain[c] + offset[c];
            }
        }
        return y;
    }

    /** @param x [channels, …] */
    public static double[] groupNorm(float[] x, float[] gain, float[] offset, int groups, double eps) {
        int size = x.length / groups;
        int pixels = x.length / gain.length;
        var y = new double[x.length];
        for (int first = 0; first < x.length; first += size) {
            double mean = 0;
            for (int i = first; i < first + size; i++) {
                mean += (double) x[i] / size;
            }
            double variance = 0;
            for (int i = first; i < first + size; i++) {
                variance += (x[i] - mean) * (x[i] - mean) / size;
            }
            for (int i = first; i < first + size; i++) {
                y[i] = (x[i] - mean) / Math.sqrt(variance + eps) * gain[i / pixels] + offset[i / pixels];
            }
        }
        return y;
    }

    public static double[] rmsNorm(float[] x, float[] gain, double eps) {
        int width = gain.length;
        var y = new double[x.length];
        for (int row = 0; row < x.length; row += width) {
            double squares = 0;
            for (int c = 0; c < width; c++) {
                squares += (double) x[row + c] * x[row + c];
            }
            for (int c = 0; c < width; c++) {
                y[row + c] = x[row + c] / Math.sqrt(squares / width + eps) * gain[c];
            }
        }
        return y;
    }

    /** Turns channels 2i and 2i + 1 of each head of token t, as a complex number, by {@code angles[t · headSize / 2 + i]}. */
    public static double[] rotate(double[] x, double[] angles, int width, int headSize) {
        var y = new double[x.length];
        for (int i = 0; i < x.length; i += 2) {
            double angle = angles[i / width * (headSize / 2) + i % headSize / 2];
            y[i] = x[i] * Math.cos(angle) - x[i + 1] * Math.sin(angle);
            y[i + 1] = x[i] * Math.sin(angle) + x[i + 1] * Math.cos(angle);
        }
        return y;
    }

    public static double[] attention(float[] query, float[] key, float[] value, int width, int heads) {
        int tokens = query.length / width;
        int keys = key.length / width;
        int headSize = width / heads;
        var result = new double[tokens * width];
        var weights = new double[keys];
        for (int head = 0; head < width; head += headSize) {
            for (int t = 0; t < tokens; t++) {
                double max = Double.NEGATIVE_INFINITY;
                for (int k = 0; k < keys; k++) {
                    double score = 0;
                    for (int c = head; c < head + headSize; c++) {
                        score += (double) query[t * width + c] * key[k * width + c];
                    }
                    weights[k] = score / Math.sqrt(headSize);
                    max = Math.max(max, weights[k]);
                }
                double sum = 0;
                for (int k = 0; k < keys; k++) {
                    weights[k] = Math.exp(weights[k] - max);
                    sum += weights[k];
                }
                for (int k = 0; k < keys; k++) {
                    for (int c = head; c < head + headSize; c++) {
                        result[t * width + c] += weights[k] / sum * value[k * width + c];
                    }
                }
            }
        }
        return result;
    }

    public static double[] gelu(float[] x) {
        var y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double u = Math.sqrt(2 / Math.PI) * (x[i] + 0.044715 * x[i] * x[i] * x[i]);
            y[i] = x[i] / (1 + Math.exp(-2 * u)); // ½ x (1 + tanh u), without its cancellation
        }
        return y;
    }

    /** {@code gate} may be null, which stands for ones. */
    public static double[] gatedResidual(float[] x, float[] y, float[] gate, int width) {
        var sum = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            sum[i] = x[i] + (gate == null ? 1 : gate[i % width]) * (double) y[i];
        }
        return sum;
    }
}
