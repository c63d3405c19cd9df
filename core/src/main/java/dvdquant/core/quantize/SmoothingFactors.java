package dvdquant.core.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What smoothing divides the inputs of layers by: s = max|X|^a / max|W|^(1−a) for each channel. Layers of one block that read the same
 * input, as to_q, to_k and to_v do, or a feed-forward beside them, have one s, made with the largest of their weights.
 *
 * <p>Source: SmoothQuant (arXiv 2211.10438 §4, equation 4), and {@code smoothquant/smooth.py} for the floor of 10⁻⁵.
 */
record SmoothingFactors(Map<String, float[]> ofLayers) {
    private static final float LEAST = 1e-5f;
    private static final Pattern BLOCK = Pattern.compile("[^.]+\\.\\d+(?=\\.)");

    /** Of weights in {@code source}, which are read once. */
    static SmoothingFactors of(TensorSource source, Set<String> layers, ChannelMaxima data, double exponent) {
        var factors = new HashMap<String, float[]>();
        for (List<String> group : groups(layers, data)) {
            float[] divisors = of(source, group, data, exponent);
            group.forEach(layer -> factors.put(layer, divisors));
        }
        return new SmoothingFactors(factors);
    }

    /** Of one layer of a component of this format; the weights that it shares them with are read, too. */
    static float[] of(TensorSource source, String layer, QuantizedFormat format, ChannelMaxima data, double exponent) {
        return groups(format.layers(exponent), data).stream().filter(group -> group.contains(layer)).findFirst()
                .map(group -> of(source, group, data, exponent)).orElseThrow();
    }

    private static float[] of(TensorSource source, List<String> group, ChannelMaxima data, double exponent) {
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
        return divisors;
    }

    /** Layers of the same block of whose inputs the same was seen. */
    private static Collection<List<String>> groups(Set<String> layers, ChannelMaxima data) {
        var groups = new TreeMap<String, List<String>>();
        for (String layer : new TreeSet<>(layers)) {
            String key = block(layer) + " " + Arrays.hashCode(data.of(layer));
            groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(layer);
        }
        return groups.values();
    }

    /** As {@code blocks.3} of {@code blocks.3.attn1.to_q}; of a layer outside of the blocks the module that it is of. */
    private static String block(String layer) {
        Matcher matcher = BLOCK.matcher(layer);
        return matcher.lookingAt() ? matcher.group() : layer.substring(0, Math.max(0, layer.lastIndexOf('.')));
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
