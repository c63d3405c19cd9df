package dvdquant.evaluate.store;

import java.util.SequencedMap;

/**
 * What is known of a model without running it.
 *
 * @param bitsAWeight of the quantized layers, scales and all else included; of a model in full precision, of the layers that would
 *        be quantized
 * @param allBitsAWeight in the mean over the whole transformer, with what stays as it was
 * @param transformerBytes of the transformer's weights
 * @param seconds that quantizing took, without calibration; 0 if it was not done here
 * @param calibrationSeconds 0 where the method needs none
 * @param layerDb signal over error of each quantized layer's weights; empty in full precision
 */
public record ModelFigures(double bitsAWeight, double allBitsAWeight, long transformerBytes, double seconds,
        double calibrationSeconds,
        SequencedMap<String, Double> layerDb) {
    public ModelFigures made(double inSeconds, double calibratedInSeconds) {
        return new ModelFigures(bitsAWeight, allBitsAWeight, transformerBytes, inSeconds, calibratedInSeconds, layerDb);
    }
}
