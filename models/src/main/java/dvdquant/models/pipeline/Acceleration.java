package dvdquant.models.pipeline;

import dvdquant.core.checkpoint.ActivationChoice;
import dvdquant.core.quant.activations.ActivationScales;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What makes a generation cheaper than the model's weights and the request alone would.
 *
 * @param activations bits over the steps, of a quantized transformer
 * @param scales which of its activations share a scale; empty: what its checkpoint says
 * @param cache which forwards are skipped; empty: none
 */
public record Acceleration(BitPlan activations, Optional<ActivationScales> scales, Optional<TeaCache> cache) {
    private static final int FEW_STEPS = 25;

    /**
     * Activations as {@link BitPlan#defaults} has them, with the scales that the checkpoint names, and no forward skipped.
     *
     * @return what a request has unless it says otherwise
     */
    public static Acceleration defaults() {
        return new Acceleration(BitPlan.defaults(), Optional.empty(), Optional.empty());
    }

    /**
     * What it asks of quantized layers.
     *
     * @return whether activations are quantized, and by which scales
     */
    public ActivationChoice choice() {
        return new ActivationChoice(!(activations instanceof BitPlan.Full), scales);
    }

    /**
     * The same with other bits.
     *
     * @param of the activations, over the steps
     * @return a copy
     */
    public Acceleration withActivations(BitPlan of) {
        return new Acceleration(of, scales, cache);
    }

    /**
     * The same with other scales than the checkpoint names.
     *
     * @param of the activations
     * @return a copy
     */
    public Acceleration withScales(ActivationScales of) {
        return new Acceleration(activations, Optional.of(of), cache);
    }

    /**
     * The same with forwards that are skipped.
     *
     * @param by how
     * @return a copy
     */
    public Acceleration withCache(TeaCache by) {
        return new Acceleration(activations, scales, Optional.of(by));
    }

    /**
     * What the user should know of it, a sentence each.
     *
     * @param computed for each step whether it is computed
     * @return none if all is as one expects
     */
    public List<String> warnings(List<Boolean> computed) {
        var warnings = new ArrayList<String>();
        if (cache.isPresent() && computed.size() <= FEW_STEPS) {
            warnings.add("TeaCache was fitted at about 50 steps; with " + computed.size()
                    + " each skipped step costs more of the picture");
        }
        int count = Collections.frequency(computed, true);
        if (activations instanceof BitPlan.Average(double bits)) {
            double least = BitPlan.Average.least(count);
            double halfStep = (BitPlan.HIGH - BitPlan.LOW) / 2.0 / count;
            if (bits < least - halfStep) {
                warnings.add(String.format(Locale.ROOT, "with %d computed steps the bits average to %.2f, not %.2f: "
                        + "the first two and the last have %d", count, least, bits, BitPlan.HIGH));
            }
        }
        return warnings;
    }
}
