package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.ClipResult;
import dvdquant.evaluate.report.Fact;
import dvdquant.evaluate.report.Figure;
import dvdquant.evaluate.report.LayerError;
import dvdquant.evaluate.report.Measure;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.ReportTable;
import dvdquant.evaluate.report.Scene;
import dvdquant.evaluate.report.Schedule;
import dvdquant.evaluate.report.Step;
import dvdquant.evaluate.report.Still;
import dvdquant.evaluate.report.Variant;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/** All that the report shows but the clips, as JSON. What was not measured is left out, what is not finite is null. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    static String of(Report report) {
        var root = new LinkedHashMap<String, Object>();
        root.put("title", report.heading().title());
        root.put("summary", report.heading().summary());
        root.put("facts", facts(report.heading().facts()));
        root.put("commands", report.heading().commands());
        root.put("manifest", facts(report.heading().manifest()));
        root.put("variants", report.variants().stream().map(Json::variant).toList());
        root.put("scenes", report.scenes().stream().map(Json::scene).toList());
        root.put("tables", report.tables().stream().map(Json::table).toList());
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private static Map<String, Object> facts(List<Fact> facts) {
        var entries = new LinkedHashMap<String, Object>();
        facts.forEach(fact -> entries.put(fact.name(), fact.value()));
        return entries;
    }

    private static Map<String, Object> variant(Variant variant) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("variant", variant.label());
        entry.put("method", variant.method());
        entry.put("group", variant.group());
        entry.put("standing", variant.standing().name().toLowerCase(Locale.ROOT));
        entry.put("figures", measured(variant.figures(), Json::figure));
        entry.put("steps", variant.traces().steps().stream().map(Json::step).toList());
        entry.put("layers", variant.traces().layers().stream().map(Json::layer).toList());
        return entry;
    }

    private static Map<String, Object> figure(Figure figure) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("value", finite(figure.value()));
        switch (figure) {
            case Figure.Exact _ -> {
            }
            case Figure.Mean mean -> {
                entry.put("standard_error", finite(mean.standardError()));
                entry.put("count", mean.count());
            }
            case Figure.Share share -> {
                entry.put("low", finite(share.low()));
                entry.put("high", finite(share.high()));
                entry.put("count", share.count());
            }
        }
        return entry;
    }

    private static Map<String, Object> step(Step step) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("bits", finite(step.bits()));
        entry.put("skipped", step.skipped());
        put(entry, "change", step.change());
        put(entry, "latents_db", step.latentsDb());
        return entry;
    }

    private static Map<String, Object> layer(LayerError layer) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("block", layer.block());
        entry.put("kind", layer.kind());
        entry.put("db", finite(layer.db()));
        return entry;
    }

    private static Map<String, Object> scene(Scene scene) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("prompt", scene.prompt());
        entry.put("seed", scene.seed());
        scene.stills().forEach(still -> entry.put(still.key(), still(still)));
        entry.put("clips", scene.clips().stream().map(Json::clip).toList());
        return entry;
    }

    private static Map<String, Object> still(Still still) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("file", still.file().toString());
        entry.put("sha256", still.sha256());
        entry.put("width", still.image().width());
        entry.put("height", still.image().height());
        return entry;
    }

    private static Map<String, Object> clip(ClipResult clip) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("variant", clip.variant());
        entry.put("values", measured(clip.values(), Json::finite));
        entry.put("psnr_db_by_frame", clip.frames().psnrDb().stream().map(Json::finite).toList());
        entry.put("ssim_by_frame", clip.frames().ssim().stream().map(Json::finite).toList());
        putSchedule(entry, clip.schedule());
        entry.put("remark", clip.remark());
        return entry;
    }

    /** δ is null at steps that did not depend on it, and where it was infinite. */
    private static void putSchedule(Map<String, Object> entry, Schedule schedule) {
        entry.put("schedule", schedule.steps());
        if (!schedule.hasDeltas()) return;
        entry.put("deltas", schedule.deltas().stream().map(delta -> finite(delta.orElse(Double.NaN))).toList());
    }

    private static Map<String, Object> table(ReportTable table) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("title", table.title());
        entry.put("caption", table.caption());
        entry.put("columns", table.columns());
        entry.put("rows", table.rows());
        return entry;
    }

    private static <V> Map<String, Object> measured(Map<Measure, V> values, Function<V, Object> written) {
        var entries = new LinkedHashMap<String, Object>();
        for (Measure measure : Measure.values()) {
            if (values.containsKey(measure)) entries.put(measure.key(), written.apply(values.get(measure)));
        }
        return entries;
    }

    private static void put(Map<String, Object> entry, String key, OptionalDouble value) {
        if (value.isPresent()) entry.put(key, finite(value.getAsDouble()));
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? Double.valueOf(value) : null;
    }
}
