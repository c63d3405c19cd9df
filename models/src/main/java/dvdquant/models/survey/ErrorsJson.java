package dvdquant.models.survey;

import dvdquant.core.checkpoint.LayerFormatJson;
import dvdquant.core.quant.weights.ErrorHistogram;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightError;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The errors of weights as JSON, by layer. Decibels are null where there is no error, and ratios where MinMax has none. */
public final class ErrorsJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ErrorsJson() {}

    /**
     * @param path of the model that was measured
     * @param against as {@link WeightSurvey#against}; empty: {@code path} is in full precision
     */
    public static String of(Path path, Optional<Path> against, WeightSurvey survey) {
        var root = new LinkedHashMap<String, Object>();
        root.put("path", path.toString());
        against.ifPresent(model -> root.put("against", model.toString()));
        if (against.isPresent()) root.put("method", survey.format().method());
        root.put("scheme", LayerFormatJson.write(survey.format().usual()).get("weights"));
        root.put("total", errors(survey.total()));
        root.put("layers", survey.layers().stream().map(ErrorsJson::layer).toList());
        return MAPPER.writeValueAsString(root);
    }

    private static Map<String, Object> layer(LayerErrors layer) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("name", layer.name().full());
        entry.put("shape", List.of(layer.out(), layer.in()));
        entry.put("bytes", layer.size().bytes());
        entry.put("bits_a_weight", layer.size().bitsAWeight());
        entry.putAll(errors(layer.errors()));
        return entry;
    }

    private static Map<String, Object> errors(MeasuredErrors errors) {
        var entry = new LinkedHashMap<String, Object>();
        WeightError stages = errors.stages();
        entry.put("signal", stages.signal());
        errors.stored().ifPresent(squared -> {
            var stage = stage(squared, errors.storedDb().orElseThrow());
            errors.storedReduction().ifPresent(less -> stage.put("less_than_minmax", less));
            entry.put("stored", stage);
        });
        for (Rounding rounding : List.of(Rounding.MINMAX, Rounding.BOUNDED, Rounding.BGR)) {
            var stage = stage(stages.squaredError(rounding), stages.sqnrDb(rounding));
            if (rounding != Rounding.MINMAX) stage.put("less_than_minmax", stages.reduction(rounding));
            entry.put(rounding == Rounding.BGR ? "refined" : rounding.label(), stage);
        }
        entry.put("histogram", histogram(errors.histogram()));
        return entry;
    }

    private static LinkedHashMap<String, Object> stage(double squaredError, double db) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("squared_error", squaredError);
        entry.put("db", Double.isFinite(db) ? db : null);
        return entry;
    }

    /** Of (w − ŵ) / step: the bounds between the bins, and one count more than those. */
    private static Map<String, Object> histogram(ErrorHistogram histogram) {
        long[] counts = histogram.counts();
        var entry = new LinkedHashMap<String, Object>();
        var bounds = new double[counts.length - 1];
        Arrays.setAll(bounds, i -> ErrorHistogram.low(i + 1));
        entry.put("bounds", bounds);
        entry.put("counts", counts);
        return entry;
    }
}
