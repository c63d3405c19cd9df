package dvdquant.spark.quantize;

import dvdquant.app.quantize.CalibrationClips;
import dvdquant.core.InputException;
import dvdquant.models.calibrate.Calibration;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.spark.cluster.ClusterTask;

import java.io.Serializable;
import java.nio.file.Path;

/**
 * Samples some clips of a model in full precision, where its folder and the native libraries are: on one executor, with all the cores it has.
 *
 * @param model its folder, which executors have too
 */
record CalibrationTask(String model, CalibrationClips clips) implements ClusterTask<CalibrationTask.Result> {
    /**
     * What came of it.
     *
     * @param refused a sentence, if the model cannot be sampled; else null
     */
    record Result(SeenActivations seen, String refused) implements Serializable {}

    @Override
    public String label() {
        return model + ": the calibration";
    }

    @Override
    public Result run() {
        try {
            Calibration.Result result = clips.run(Path.of(model), Runtime.getRuntime().availableProcessors(),
                    PipelineListener.NONE);
            return new Result(SeenActivations.of(result.data(), result.seconds()), null);
        } catch (InputException e) {
            return new Result(null, e.getMessage());
        }
    }
}
