package dvdquant.evaluate;

import dvdquant.core.quantize.Quantizer;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Sample;
import dvdquant.models.pipeline.PipelineListener;

/** Follows an evaluation, and the pipelines in it. Called on the thread that runs it. */
public interface EvaluationListener extends PipelineListener, Quantizer.Progress {
    /**
     * Before all else.
     *
     * @param clips of the whole plan
     * @param stored of them by an earlier run
     */
    default void onPlan(int clips, int stored) {}

    /** Before a model is quantized, or examined for its calibration. */
    default void onModel(String what) {}

    @Override
    default void weightsDone(long done, long total) {}

    /** Before a clip is made. */
    default void onClip(Candidate candidate, Sample sample) {}

    /** After it is measured and kept. */
    default void onClipDone() {}
}
