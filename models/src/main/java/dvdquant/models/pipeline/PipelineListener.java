package dvdquant.models.pipeline;

import java.util.List;

/** Follows a generation. Called on the generating thread; what it throws ends the generation. */
public interface PipelineListener {
    /** Hears nothing. */
    PipelineListener NONE = new PipelineListener() {};

    default void onProgress(Progress progress) {}

    /**
     * Before the first denoising step, if it is known by then which will be computed.
     *
     * @param computed for each step whether it will be, or skipped
     */
    default void onSkipSchedule(List<Boolean> computed) {}

    /** After each denoising step, and before its progress. */
    default void onStep(StepRecord step) {}

    /** Something the user should know that is no error, in one sentence. */
    default void onWarning(String warning) {}
}
