package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.Optional;

/**
 * How a layer is quantized: the independent parts that a method puts together, any of which can be another.
 *
 * @param weights how they are rotated, grouped and rounded
 * @param activations how its input is quantized when the model runs, unless a generation asks for something else; empty: not at all, it
 *            stays at 16 bits
 * @param smoothing the exponent a of s = max|X|^a / max|W|^(1−a), by which the input is divided; empty: none
 * @param lowRank singular directions that stay at 16 bits; 0: none
 */
public record LayerFormat(WeightScheme weights, Optional<ActivationRule> activations, Optional<Double> smoothing,
        int lowRank) {
    /**
     * Checks smoothing and branch.
     *
     * @throws InputException if the exponent is not in 0 … 1, or the rank is negative
     */
    public LayerFormat {
        smoothing.ifPresent(exponent -> {
            if (!(exponent >= 0 && exponent <= 1)) {
                throw new InputException("a smoothing exponent of " + exponent + ", expected 0 to 1");
            }
        });
        if (lowRank < 0) throw new InputException("a low-rank branch of rank " + lowRank + ", expected 0 or more");
    }

    /**
     * Without smoothing or a branch.
     *
     * @param weights how they are rotated, grouped and rounded
     * @param activations how its input is quantized
     */
    public LayerFormat(WeightScheme weights, ActivationRule activations) {
        this(weights, Optional.of(activations), Optional.empty(), 0);
    }

    /**
     * {@return this format with its weights quantized in another way}
     *
     * @param scheme in place of this one's
     */
    public LayerFormat withWeights(WeightScheme scheme) {
        return new LayerFormat(scheme, activations, smoothing, lowRank);
    }

    /**
     * {@return this format with its input quantized in another way}
     *
     * @param rule empty: the input stays as it is
     */
    public LayerFormat withActivations(Optional<ActivationRule> rule) {
        return new LayerFormat(weights, rule, smoothing, lowRank);
    }

    /**
     * {@return this format with another smoothing}
     *
     * @param exponent empty: none
     * @throws InputException if it is not in 0 … 1
     */
    public LayerFormat withSmoothing(Optional<Double> exponent) {
        return new LayerFormat(weights, activations, exponent, lowRank);
    }

    /**
     * {@return this format with a low-rank branch of another rank}
     *
     * @param rank 0: none
     * @throws InputException if it is negative
     */
    public LayerFormat withLowRank(int rank) {
        return new LayerFormat(weights, activations, smoothing, rank);
    }

    /**
     * {@return how the layer computes: the fastest that can run it}
     *
     * @param choice what a generation asks for
     */
    public LayerArithmetic arithmetic(ActivationChoice choice) {
        if (!choice.quantized() || activations.isEmpty()) return LayerArithmetic.WEIGHTS_ONLY;
        ActivationScales scales = choice.scales().orElseGet(() -> activations.get().scales());
        return weights.group() instanceof GroupSize.Free || !scales.isInteger()
                ? LayerArithmetic.EMULATED
                : LayerArithmetic.INTEGER;
    }

    /**
     * Checks that a layer's weight [out, in] can be quantized so.
     *
     * @param out rows of the weight
     * @param in columns of the weight
     * @throws IllegalArgumentException if groups, blocks or the rank do not fit; the message names what and the sizes
     */
    public void requireFits(long out, long in) {
        int columns = Math.toIntExact(in);
        weights.group().groupsOf(columns);
        weights.rotation().forColumns(columns);
        activations.ifPresent(rule -> rule.scales().blocksOf(columns));
        if (lowRank > Math.min(out, in)) {
            throw new IllegalArgumentException("a low-rank branch of rank " + lowRank + " is no less than the weight");
        }
    }

    /**
     * {@return what stands for a layer's weight [out, in]}
     *
     * @param layer its name, such as {@code blocks.0.ffn.net.2}
     * @param out rows of the weight
     * @param in columns of the weight
     * @throws IllegalArgumentException if the groups do not fill a row
     */
    public LayerParts parts(String layer, long out, long in) {
        return LayerParts.of(layer, this, out, in);
    }

    /**
     * {@return a quantized weight's size in a file}
     *
     * @param weight its shape, [out, in]
     * @throws IllegalArgumentException if the groups do not fill a row
     */
    public WeightSize size(Shape weight) {
        return new WeightSize(weight.elements(), parts("", weight.dim(0), weight.dim(1)).sizeBytes());
    }
}
