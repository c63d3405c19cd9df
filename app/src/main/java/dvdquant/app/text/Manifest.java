package dvdquant.app.text;

import dvdquant.core.io.StagedPath;
import dvdquant.models.given.GivenImages;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.SampledSteps;
import dvdquant.models.pipeline.Sampling;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/**
 * How a file was made: a JSON file beside it, {@code clip.mp4.json} for {@code clip.mp4}. Not inside of it, so that the same
 * request gives the same bytes.
 */
public final class Manifest {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final SequencedMap<String, Object> entries = new LinkedHashMap<>();

    public Manifest() {
        Version version = Version.CURRENT;
        put("program", "dvdquant " + version.version());
        put("commit", version.commit());
        put("libtorch", version.libtorch());
        put("onednn", version.onednn());
        put("java", Runtime.version().toString());
    }

    public Manifest put(String key, Object value) {
        entries.put(key, value);
        return this;
    }

    public Manifest put(GenerationRequest request) {
        Sampling sampling = request.sampling();
        put("prompt", request.prompt().text());
        if (request.guided()) put("negative_prompt", request.prompt().negative()); // else it is not read
        if (sampling.guidance().embedded().isPresent() && request.guided()) {
            put("true_guidance", sampling.guidance().scale());
        }
        put("seed", sampling.seed()).put("initial_latents", sampling.initialLatents().isPresent())
                .put("steps", sampling.steps()).put("guidance", sampling.guidance().value());
        if (request.guided()) sampling.guidance().second().ifPresent(second -> put("guidance_2", second));
        return put("frames", request.size().frames())
                .put("height", request.size().height()).put("width", request.size().width());
    }

    /** The files of a clip's pictures; nothing if there are none. */
    public Manifest put(GivenImages images) {
        images.facts().forEach(this::put);
        return this;
    }

    /** The command line, without the program's name. */
    public Manifest putArguments(List<String> arguments) {
        return put("arguments", ShellWords.of(arguments));
    }

    /** Which bits and why, which forwards, how long; null where a step has no change or was compared with no finite δ. */
    public Manifest put(SampledSteps sampled) {
        return put("schedule", sampled.schedule()).put("average_bits", sampled.averageBits().orElse(0))
                .put("changes", sampled.steps().stream().map(step -> orNull(step.change())).toList())
                .put("deltas", sampled.steps().stream().map(step -> orNull(step.delta())).toList())
                .put("forwards_computed", sampled.computedForwards()).put("forwards_skipped", sampled.skippedForwards())
                .put("seconds_a_step", sampled.secondsAStep());
    }

    /** JSON has no infinity. */
    private static Double orNull(OptionalDouble value) {
        return value.isPresent() && Double.isFinite(value.getAsDouble()) ? Double.valueOf(value.getAsDouble()) : null;
    }

    /** For the metadata of a safetensors file, which holds texts only. */
    public Map<String, String> asTexts() {
        var texts = new LinkedHashMap<String, String>();
        entries.forEach((key, value) -> texts.put(key, String.valueOf(value)));
        return texts;
    }

    /** Writes it beside {@code file}. */
    public void writeBeside(Path file) {
        write(beside(file));
    }

    /** Where that is. */
    public static Path beside(Path file) {
        return file.resolveSibling(file.getFileName() + ".json");
    }

    public void write(Path target) {
        StagedPath.write(target, bytes());
    }

    /** The whole file. */
    public byte[] bytes() {
        return (MAPPER.writeValueAsString(entries) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
