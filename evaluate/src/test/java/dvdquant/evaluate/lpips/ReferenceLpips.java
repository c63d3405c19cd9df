package dvdquant.evaluate.lpips;

import java.util.Map;

/** LPIPS over AlexNet by plain loops in double, from the published definition; tensors are [channel][y][x]. */
final class ReferenceLpips {
    private final Map<String, float[]> weights;

    ReferenceLpips(Map<String, float[]> weights) {
        this.weights = weights;
    }

    double distance(byte[] frame, byte[] reference, int width, int height) {
        double[][][][] a = features(scaled(frame, width, height));
        double[][][][] b = features(scaled(reference, width, height));
        double sum = 0;
        for (int i = 0; i < 5; i++) {
            sum += distance(a[i], b[i], weights.get("lin" + i + ".model.1.weight"));
        }
        return sum;
    }

    private static double[][][] scaled(byte[] frame, int width, int height) {
        double[] shift = {-.030, -.088, -.188};
        double[] scale = {.458, .448, .450};
        var x = new double[3][height][width];
        for (int i = 0; i < frame.length; i++) {
            double value = 2 * ((frame[i] & 0xff) / 255.0) - 1;
            x[i % 3][i / 3 / width][i / 3 % width] = (value - shift[i % 3]) / scale[i % 3];
        }
        return x;
    }

    private double[][][][] features(double[][][] x) {
        double[][][] one = conv("features.0", x, 64, 11, 4, 2);
        double[][][] two = conv("features.3", pooled(one), 192, 5, 1, 2);
        double[][][] three = conv("features.6", pooled(two), 384, 3, 1, 1);
        double[][][] four = conv("features.8", three, 256, 3, 1, 1);
        return new double[][][][]{one, two, three, four, conv("features.10", four, 256, 3, 1, 1)};
    }

    /** With its ReLU. */
    private double[][][] conv(String name, double[][][] x, int out, int size, int stride, int padding) {
        float[] kernel = weights.get(name + ".weight");
        float[] bias = weights.get(name + ".bias");
        int height = (x[0].length + 2 * padding - size) / stride + 1;
        int width = (x[0][0].length + 2 * padding - size) / stride + 1;
        var y = new double[out][height][width];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < height; i++) {
                for (int j = 0; j < width; j++) {
                    double sum = bias[o] + at(x, kernel, o, size, i * stride - padding, j * stride - padding);
                    y[o][i][j] = Math.max(0, sum);
                }
            }
        }
        return y;
    }

    private static double at(double[][][] x, float[] kernel, int out, int size, int top, int left) {
        double sum = 0;
        int k = out * x.length * size * size;
        for (double[][] channel : x) {
            for (int i = top; i < top + size; i++) {
                for (int j = left; j < left + size; j++, k++) {
                    boolean inside = i >= 0 && j >= 0 && i < channel.length && j < channel[0].length;
                    if (inside) sum += kernel[k] * channel[i][j];
                }
            }
        }
        return sum;
    }

    private static double[][][] pooled(double[][][] x) {
        var y = new double[x.length][(x[0].length - 3) / 2 + 1][(x[0][0].length - 3) / 2 + 1];
        for (int c = 0; c < y.length; c++) {
            for (int i = 0; i < y[0].length; i++) {
                for (int j = 0; j < y[0][0].length; j++) {
                    double largest = Double.NEGATIVE_INFINITY;
                    for (int k = 0; k < 9; k++) {
                        largest = Math.max(largest, x[c][2 * i + k / 3][2 * j + k % 3]);
                    }
                    y[c][i][j] = largest;
                }
            }
        }
        return y;
    }

    private static double distance(double[][][] a, double[][][] b, float[] weighting) {
        double sum = 0;
        for (int i = 0; i < a[0].length; i++) {
            for (int j = 0; j < a[0][0].length; j++) {
                double lengthA = length(a, i, j) + 1e-10;
                double lengthB = length(b, i, j) + 1e-10;
                for (int c = 0; c < a.length; c++) {
                    double difference = a[c][i][j] / lengthA - b[c][i][j] / lengthB;
                    sum += weighting[c] * difference * difference;
                }
            }
        }
        return sum / (a[0].length * a[0][0].length);
    }

    private static double length(double[][][] x, int i, int j) {
        double squares = 0;
        for (double[][] channel : x) {
            squares += channel[i][j] * channel[i][j];
        }
        return Math.sqrt(squares);
    }
}
