package dvdquant.core.quant.weights;

import java.util.Locale;

/** How the grid of a row or group of weights is found. Of the first three each is the one before it, and one step more. */
public enum Rounding {
    /** The grid spans the weights: Δ = (max − min) / (2ᵇ − 1), with zero always among them. */
    MINMAX,
    /** The two bounds are tightened, whichever helps, as long as the error falls. */
    BOUNDED,
    /** Bounded-init grid refinement, DVD-Quant §3.1: coordinate descent on step, zero point and codes from there. */
    BGR,
    /**
     * The grid that spans the weights, shrunk by the ratio of 0.21, 0.22 … 1 that gives the least squared error: QuaRot's linear
     * search (arXiv 2404.00456 §5; fake_quant/quant_utils.py, {@code WeightQuantizer.find_params}, whose error has the exponent 2.4).
     * For grids of their own, not for multiples of a row's step.
     */
    CLIP;

    /** {@return what the command line and the checkpoint call it} */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
