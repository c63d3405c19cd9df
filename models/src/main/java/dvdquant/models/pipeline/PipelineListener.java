package dvdquant.models.pipeline;

/** Follows a generation. Called on the generating thread; what it throws ends the generation. */
public interface PipelineListener {
    /** Hears nothing. */
    PipelineListener NONE = new PipelineListener() {};

    default void onProgress(Progress progress) {}

    /** After each denoising step, and before its progress. */
    default void onStep(StepRecord step) {}

    /** Something the user should know that is no error, in one sentence. */
    default void onWarning(String warning) {}
}
