package dvdquant.core.quantize;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What smoothing divides the inputs of layers by: s = max|X|^a / max|W|^(1−a) for each channel. Layers of one module that read the
 * same input, as to_q, to_k and to_v do, have one s, made with the largest of their weights.
 *
 * <p>Source: SmoothQuant (arXiv 2211.10438 §4, equation 4), and {@code smoothquant/smooth.py} for the floor of 10⁻⁵.
 */
record SmoothingFactors(Map<String, float[]> ofLayers) {
    private static final float LEAST = 1e-5f;

    /** Of weights in {@code source}, which are read once. */
    static SmoothingFactors of(TensorSource source, Set<String> layers, ChannelMaxima data, double exponent) {
        var factors = new HashMap<String, float[]>();
        for (List<String> group : groups(layers, data)) {
            float[] inputs = data.of(group.getFirst());
            var weights = new float[inputs.length];
            for (String layer : group) {
                SourceTensor weight = source.tensor(TensorLayout.weightOf(layer));
                raise(weights, weight);
                weight.release();
            }
            var divisors = new float[inputs.length];
            for (int k = 0; k < divisors.length; k++) {
                double s = Math.pow(Math.max(inputs[k], LEAST), exponent)
                        / Math.pow(Math.max(weights[k], LEAST), 1 - exponent);
                divisors[k] = Math.max((float) s, LEAST);
            }
            group.forEach(layer -> factors.put(layer, divisors));
        }
        return new SmoothingFactors(factors);
    }

    /** Layers of the same module of whose inputs the same was seen. */
    private static Iterable<List<String>> groups(Set<String> layers, ChannelMaxima data) {
        var groups = new TreeMap<String, List<String>>();
        for (String layer : new TreeSet<>(layers)) {
            String module = layer.substring(0, Math.max(0, layer.lastIndexOf('.')));
            String key = module + " " + Arrays.hashCode(data.of(layer));
            groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(layer);
        }
        return groups.values();
    }

    private static void raise(float[] maxima, SourceTensor weight) {
        int rowsATask = 256;
        IntStream.range(0, Math.ceilDiv(Math.toIntExact(weight.rows()), rowsATask)).parallel().forEach(task -> {
            var own = new float[maxima.length];
            var row = new float[maxima.length];
            for (long r = (long) task * rowsATask; r < Math.min(weight.rows(), (task + 1L) * rowsATask); r++) {
                weight.read(r, row);
                for (int k = 0; k < row.length; k++) {
                    own[k] = Math.max(own[k], Math.abs(row[k]));
                }
            }
            synchronized (maxima) {
                for (int k = 0; k < own.length; k++) {
                    maxima[k] = Math.max(maxima[k], own[k]);
                }
            }
        });
    }
}
