package dvdquant.evaluate.summary;

import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.report.LayerError;
import dvdquant.evaluate.report.Step;
import dvdquant.evaluate.report.Traces;
import dvdquant.evaluate.store.SamplingRecord;
import dvdquant.models.pipeline.StepRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the charts draw of a candidate: the steps of the first clip, and the error of each layer. */
final class StepTraces {
    private static final Pattern LAYER = Pattern.compile("(?:.*?\\.)?(\\d+)\\.(.+)");

    private StepTraces() {}

    static Traces of(CandidateResults results) {
        return new Traces(steps(results.clips().getFirst().sampling()), layers(results));
    }

    private static List<Step> steps(SamplingRecord sampling) {
        var steps = new ArrayList<Step>();
        for (StepRecord step : sampling.steps()) {
            boolean followed = step.step() < sampling.stepDb().size()
                    && Double.isFinite(sampling.stepDb().get(step.step()));
            steps.add(new Step(step.activationBits(), step.computed() == 0, step.change(),
                    followed ? OptionalDouble.of(sampling.stepDb().get(step.step())) : OptionalDouble.empty()));
        }
        return steps;
    }

    private static List<LayerError> layers(CandidateResults results) {
        var layers = new ArrayList<LayerError>();
        results.model().layerDb().forEach((layer, db) -> {
            Matcher parts = LAYER.matcher(layer);
            if (parts.matches()) layers.add(new LayerError(parts.group(2), Integer.parseInt(parts.group(1)), db));
        });
        return layers;
    }
}
