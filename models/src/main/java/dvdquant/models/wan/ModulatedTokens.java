package dvdquant.models.wan;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The tokens of a clip in stretches, one after the other, each modulated by a time of its own: mostly one stretch. Layers read all stretches
 * together, for their weights are the same.
 *
 * @param stretches at least one
 */
record ModulatedTokens(List<Stretch> stretches) {
    /**
     * Tokens of one time.
     *
     * @param count how many
     */
    record Stretch(long count, Modulation modulation) {}

    /** Norm, gain and shift: [tokens, width]. */
    LinearInput normed(Tensor x, double eps, Compute compute) {
        if (stretches.size() == 1) {
            Modulation of = stretches.getFirst().modulation;
            return LinearInput.normed(x, of.gain(), of.shift(), eps, compute);
        }
        return LinearInput.of(
                together((part, of) -> compute.kernels().layerNorm(part.of(x), of.gain(), of.shift(), eps)),
                compute);
    }

    /** residual + gate · layer(x): [tokens, width]. */
    Tensor addTo(Tensor residual, Linear layer, LinearInput x) {
        if (stretches.size() == 1) return layer.addTo(residual, x, stretches.getFirst().modulation.gate());
        Tensor y = layer.forward(x);
        return together((part, of) -> x.compute().kernels().gatedResidual(part.of(residual), part.of(y), of.gate()));
    }

    /** Where a stretch is. */
    private record Part(long first, long count) {
        Tensor of(Tensor tokens) {
            return tokens.narrow(0, first, count);
        }
    }

    private Tensor together(BiFunction<Part, Modulation, Tensor> operation) {
        try (var scope = TensorScope.open()) {
            var parts = new ArrayList<Tensor>();
            long first = 0;
            for (Stretch stretch : stretches) {
                parts.add(operation.apply(new Part(first, stretch.count), stretch.modulation));
                first += stretch.count;
            }
            return scope.keep(Tensor.cat(parts, 0));
        }
    }
}
