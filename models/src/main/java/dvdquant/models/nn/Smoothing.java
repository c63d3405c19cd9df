package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;

import java.util.Arrays;

/**
 * Divides the channels of an input, as those of the weight were multiplied, so that weights and activations are equally hard to
 * quantize. Equal to another if the divisors are: layers that are smoothed alike share their input.
 *
 * <p>Source: SmoothQuant (arXiv 2211.10438 §4).
 */
public final class Smoothing {
    private final float[] divisors;
    private final Tensor factors;

    /**
     * Brings the reciprocals to the device.
     *
     * @param divisors [in], positive
     * @param device of the inputs
     */
    public Smoothing(float[] divisors, Device device) {
        this.divisors = divisors;
        var inverse = new float[divisors.length];
        for (int k = 0; k < inverse.length; k++) {
            inverse[k] = 1 / divisors[k];
        }
        this.factors = Tensor.ofFloats(inverse, inverse.length).to(device);
    }

    /**
     * @param x [tokens, in]
     * @return [tokens, in], F32
     */
    Tensor apply(Tensor x) {
        return x.to(ElementType.F32).multiply(factors);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Smoothing smoothing && Arrays.equals(divisors, smoothing.divisors);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(divisors);
    }
}
