package dvdquant.models.survey;

import dvdquant.core.checkpoint.SchemeText;
import dvdquant.models.pipeline.StepRecord;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;

/** What layers read, as JSON. Channels are sorted, and 101 of them kept, from the largest to the smallest. */
public final class ActivationsJson {
    private static final int RANKS = 101;

    private ActivationsJson() {}

    public static String of(ActivationSurvey.Request request, ActivationSurvey survey) {
        var root = new LinkedHashMap<String, Object>();
        root.put("model", request.model().toString());
        root.put("seed", request.seed());
        root.put("steps", survey.sampled().sampling().steps());
        root.put("guidance", survey.sampled().sampling().guidance().value());
        root.put("rotation", SchemeText.rotation(request.rotation()));
        root.put("runs", survey.runs().stream().map(ActivationsJson::run).toList());
        root.put("layers", survey.layers().stream().map(ActivationsJson::layer).toList());
        return JsonMapper.shared().writeValueAsString(root) + "\n";
    }

    private static Map<String, Object> run(ActivationSurvey.Run run) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("prompt", run.prompt());
        entry.put("timesteps", run.steps().stream().map(StepRecord::timestep).toList());
        entry.put("l1_change", run.steps().stream()
                .map(step -> step.change().isPresent() ? step.change().getAsDouble() : null).toList());
        return entry;
    }

    private static Map<String, Object> layer(LayerActivations layer) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("layers", layer.layers().stream().map(LayerName::full).toList());
        entry.put("channels", layer.asIs().highest().length);
        entry.put("as_it_is", maxima(layer.asIs()));
        entry.put("rotated", maxima(layer.rotated()));
        entry.put("token_ratio_by_step", layer.tokenSpread());
        return entry;
    }

    private static Map<String, Object> maxima(ChannelMaxima maxima) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("outlier_ratio", maxima.outlierRatio());
        entry.put("over_steps", maxima.drift());
        entry.put("largest_by_step", maxima.largest());
        entry.put("median_by_step", maxima.median());
        entry.put("highest", ChannelMaxima.sorted(maxima.highest(), RANKS));
        entry.put("lowest", ChannelMaxima.sorted(maxima.lowest(), RANKS));
        return entry;
    }
}
