package dvdquant.evaluate.plan;

import dvdquant.core.quantize.Recipe;
import dvdquant.evaluate.report.Standing;
import dvdquant.models.pipeline.Acceleration;

/**
 * One way of running the model: a row of the table.
 *
 * @param label unique and short: "W4A8 dvd-quant"
 * @param method as on the command line; empty for the reference
 * @param bits those of one bit-width are compared with each other: "W4A8"; empty for the reference
 */
public record Candidate(String label, String method, String bits, Standing standing, ModelSource model,
        Acceleration acceleration) {
    /** The label of what all else is compared with. */
    public static final String FULL_PRECISION = "full precision";

    public static Candidate reference() {
        return new Candidate(FULL_PRECISION, "", "", Standing.REFERENCE, new ModelSource.Original(),
                Acceleration.defaults());
    }

    /** Whether its model is made from activations that were seen. */
    public boolean needsCalibration() {
        return model instanceof ModelSource.Quantized(String _, Recipe recipe) && recipe.needsCalibration();
    }
}
