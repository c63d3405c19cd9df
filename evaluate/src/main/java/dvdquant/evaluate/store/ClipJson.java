package dvdquant.evaluate.store;

import dvdquant.core.json.JsonFile;
import dvdquant.evaluate.judge.Attribute;
import dvdquant.evaluate.judge.Judgement;
import dvdquant.evaluate.store.Measured.Fidelity;
import dvdquant.models.pipeline.StepRecord;
import dvdquant.models.pipeline.StepRecord.Forward;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;

import static java.util.stream.Collectors.joining;

/** Between the records of a clip and JSON, steps as columns. Reading throws an {@code InputException} where a record is not whole. */
final class ClipJson {
    /** JSON has no infinity. */
    private static final double INFINITE = Double.MAX_VALUE;
    /** Changes and deltas are 0 or more. */
    private static final double NONE = -1;

    private ClipJson() {}

    static SequencedMap<String, Object> of(SamplingRecord record) {
        List<StepRecord> steps = record.steps();
        var json = new LinkedHashMap<String, Object>();
        json.put("timesteps", steps.stream().map(StepRecord::timestep).toList());
        json.put("bits", steps.stream().map(StepRecord::activationBits).toList());
        json.put("forwards", steps.stream().map(step -> letters(step.forwards())).toList());
        json.put("changes", steps.stream().map(step -> step.change().orElse(NONE)).toList());
        json.put("deltas", steps.stream().map(step -> finite(step.delta().orElse(NONE))).toList());
        json.put("seconds", steps.stream().map(StepRecord::seconds).toList());
        json.put("step_db", record.stepDb().stream().map(ClipJson::finite).toList());
        json.put("peak_bytes", record.peakBytes());
        return json;
    }

    static SamplingRecord sampling(JsonFile json) {
        List<Double> timesteps = json.numbers("timesteps");
        List<Integer> bits = json.integers("bits");
        List<String> forwards = json.texts("forwards");
        List<Double> changes = json.numbers("changes");
        List<Double> deltas = json.numbers("deltas");
        List<Double> seconds = json.numbers("seconds");
        if (List.of(bits.size(), forwards.size(), changes.size(), deltas.size(), seconds.size()).stream()
                .anyMatch(size -> size != timesteps.size())) {
            throw json.unexpected("timesteps", "as many values as the other columns have");
        }
        var steps = new ArrayList<StepRecord>();
        for (int i = 0; i < timesteps.size(); i++) {
            steps.add(new StepRecord(i, timesteps.get(i), bits.get(i), forwards(forwards.get(i)),
                    known(changes.get(i)), known(deltas.get(i)), seconds.get(i)));
        }
        List<Double> stepDb = json.numbers("step_db").stream().map(ClipJson::orInfinite).toList();
        return new SamplingRecord(steps, stepDb, (long) json.number("peak_bytes"));
    }

    private static double finite(double value) {
        return Math.min(value, INFINITE);
    }

    private static double orInfinite(double stored) {
        return stored == INFINITE ? Double.POSITIVE_INFINITY : stored;
    }

    private static OptionalDouble known(double stored) {
        return stored == NONE ? OptionalDouble.empty() : OptionalDouble.of(orInfinite(stored));
    }

    /** As in "CS": computed for the prompt, skipped for the negative prompt. */
    private static String letters(List<Forward> forwards) {
        return forwards.stream().map(forward -> forward.name().substring(0, 1)).collect(joining());
    }

    private static List<Forward> forwards(String letters) {
        return letters.chars().mapToObj(letter -> letter == 'S' ? Forward.SKIPPED : Forward.COMPUTED).toList();
    }

    static SequencedMap<String, Object> of(Measured measured) {
        var json = new LinkedHashMap<String, Object>();
        json.put("flicker", measured.flicker());
        measured.fidelity().ifPresent(fidelity -> json.put("fidelity", of(fidelity)));
        measured.judgement().ifPresent(judgement -> json.put("judge", of(judgement)));
        return json;
    }

    /** JSON has no infinity: the key is left out where the latents are equal. */
    private static Map<String, Object> of(Fidelity fidelity) {
        var json = new LinkedHashMap<String, Object>();
        if (Double.isFinite(fidelity.latentsDb())) json.put("latents_db", fidelity.latentsDb());
        json.put("psnr_db", fidelity.psnrDb());
        json.put("ssim", fidelity.ssim());
        fidelity.lpips().ifPresent(values -> json.put("lpips", values));
        return json;
    }

    private static Map<String, Object> of(Judgement judgement) {
        var json = new LinkedHashMap<String, Object>();
        for (Attribute attribute : Attribute.values()) {
            json.put(attribute.key(), judgement.answers().get(attribute));
            json.put(attribute.key() + "_logits", judgement.logits().get(attribute));
        }
        json.put("features", judgement.features());
        return json;
    }

    static Measured measured(JsonFile json) {
        return new Measured(
                json.has("fidelity") ? Optional.of(fidelity(json.object("fidelity"))) : Optional.empty(),
                json.number("flicker"),
                json.has("judge") ? Optional.of(judgement(json.object("judge"))) : Optional.empty());
    }

    private static Fidelity fidelity(JsonFile json) {
        return new Fidelity(json.number("latents_db", Double.POSITIVE_INFINITY), json.numbers("psnr_db"),
                json.numbers("ssim"), json.has("lpips") ? Optional.of(json.numbers("lpips")) : Optional.empty());
    }

    private static Judgement judgement(JsonFile json) {
        var answers = new EnumMap<Attribute, String>(Attribute.class);
        var logits = new EnumMap<Attribute, float[]>(Attribute.class);
        for (Attribute attribute : Attribute.values()) {
            answers.put(attribute, json.text(attribute.key()));
            logits.put(attribute, floats(json.numbers(attribute.key() + "_logits")));
        }
        return new Judgement(logits, answers, floats(json.numbers("features")));
    }

    private static float[] floats(List<Double> values) {
        var floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }
}
