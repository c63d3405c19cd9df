package dvdquant.models.pipeline;

import java.util.List;

/**
 * Follows one generation. Called on the generating thread; what it throws ends the generation. While it is told of encoding, loading and
 * decoding the other generations of the pipeline wait. It must not call the pipeline.
 */
public interface PipelineListener {
    /** Hears nothing. */
    PipelineListener NONE = new PipelineListener() {};

    /**
     * As a phase begins, and after each of its parts.
     *
     * @param progress of the phase
     */
    default void onProgress(Progress progress) {}

    /**
     * Before the first step of a transformer, if it is known by then which of its steps will be computed.
     *
     * @param computed for each step whether it will be, or skipped, from the first of all to the last of that transformer
     */
    default void onSkipSchedule(List<Boolean> computed) {}

    /**
     * After each denoising step, and before its progress.
     *
     * @param step what it did
     */
    default void onStep(StepRecord step) {}

    /**
     * After {@link #onStep}.
     *
     * @param step from 0
     * @param latents as they are after the step; not changed any more
     */
    default void onLatents(int step, Latents latents) {}

    /**
     * Something the user should know that is no error, in one sentence.
     *
     * @param warning the sentence
     */
    default void onWarning(String warning) {}
}
