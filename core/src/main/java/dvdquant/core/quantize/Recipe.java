package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.Optional;
import java.util.Set;

/**
 * What is done to a transformer: the independent parts that a method puts together, any of which can be another.
 *
 * @param method that it comes from
 * @param weights how they are rotated, grouped and rounded
 * @param activations how they are quantized when the model runs
 * @param smoothing the exponent a of s = max|X|^a / max|W|^(1−a), which needs calibration; empty: none
 * @param lowRank singular directions that stay at 16 bits; 0: none
 */
public record Recipe(Method method, WeightScheme weights, ActivationRule activations, Optional<Double> smoothing,
        int lowRank) {
    /**
     * @throws InputException if the exponent is not in 0 … 1, or the rank is negative
     */
    public Recipe {
        smoothing.ifPresent(exponent -> {
            if (!(exponent >= 0 && exponent <= 1)) {
                throw new InputException("a smoothing exponent of " + exponent + ", expected 0 to 1");
            }
        });
        if (lowRank < 0) throw new InputException("a low-rank branch of rank " + lowRank + ", expected 0 or more");
    }

    /** Whether activations must have been seen. */
    public boolean needsCalibration() {
        return smoothing.isPresent();
    }

    public Recipe withWeights(WeightScheme scheme) {
        return new Recipe(method, scheme, activations, smoothing, lowRank);
    }

    /** @throws InputException if the rounding cannot find grids for the groups */
    public Recipe withRounding(Rounding rounding) {
        return withWeights(weights.withRounding(rounding));
    }

    public Recipe withRotation(Rotation rotation) {
        return withWeights(weights.withRotation(rotation));
    }

    public Recipe withActivationScales(ActivationScales scales) {
        return new Recipe(method, weights, activations.withScales(scales), smoothing, lowRank);
    }

    public Recipe withActivationClip(ActivationClip clip) {
        return new Recipe(method, weights, new ActivationRule(activations.scales(), clip), smoothing, lowRank);
    }

    public Recipe withSmoothing(Optional<Double> exponent) {
        return new Recipe(method, weights, activations, exponent, lowRank);
    }

    public Recipe withLowRank(int rank) {
        return new Recipe(method, weights, activations, smoothing, rank);
    }

    /** The format of a checkpoint whose layers were quantized so. */
    public QuantizedFormat format(Set<String> layers) {
        return new QuantizedFormat(method.label(), weights, activations, smoothing, lowRank, layers);
    }
}
