package dvdquant.core.quant;

/** How the grid of a row or group of weights is found. Each is the one before it, and one step more. */
public enum Rounding {
    /** The grid spans the weights: Δ = (max − min) / (2ᵇ − 1), with zero always among them. */
    MINMAX,
    /** The two bounds are tightened, whichever helps, as long as the error falls. */
    BOUNDED,
    /** Bounded-init grid refinement, DVD-Quant §3.1: coordinate descent on step, zero point and codes from there. */
    BGR
}
