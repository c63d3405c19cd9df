package dvdquant.models.nn;

import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.rotation.Rotation;

import java.util.Optional;

/**
 * What is done to an input before it is quantized, in this order; the weight was changed to match.
 *
 * @param smoothing of the channels
 * @param rotation of the channels
 * @param rule of the layer's format
 */
public record InputBasis(Optional<Smoothing> smoothing, Rotation rotation, ActivationRule rule) {}
