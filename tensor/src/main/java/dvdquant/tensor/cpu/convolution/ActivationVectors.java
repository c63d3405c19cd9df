package dvdquant.tensor.cpu.convolution;

import dvdquant.tensor.Convolution.Activation;
import dvdquant.tensor.Tensor;

import java.util.Arrays;

/**
 * An activation's factors in whole vectors, filled up with zeros, so that zeros beyond the channels stay zeros.
 *
 * @param normed whether a pixel is divided by its norm
 * @param offset null where there is none
 */
record ActivationVectors(boolean normed, float[] gain, float[] offset) {
    /** @param activation or null; @param channels in whole vectors */
    static ActivationVectors of(Activation activation, int channels) {
        return switch (activation) {
            case null -> null;
            case Activation.Normed(Tensor gain) -> new ActivationVectors(true, filledUp(gain, channels), null);
            case Activation.Scaled(Tensor gain, Tensor offset) ->
                new ActivationVectors(false, filledUp(gain, channels), filledUp(offset, channels));
        };
    }

    private static float[] filledUp(Tensor vector, int channels) {
        return Arrays.copyOf(vector.toFloats(), channels);
    }

    int channels() {
        return gain.length;
    }
}
