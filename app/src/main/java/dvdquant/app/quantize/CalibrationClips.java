package dvdquant.app.quantize;

import dvdquant.models.calibrate.Calibration;
import dvdquant.models.given.GivenImages;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.given.ImageReader;
import dvdquant.models.given.PromptFile;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.video.image.ImageFile;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a calibration samples; it can be sent to another machine that has the files.
 *
 * @param prompts their file
 * @param steps null: the model's
 * @param size {@code WIDTHxHEIGHTxFRAMES}; null: the model's
 */
public record CalibrationClips(String prompts, Integer steps, String size) implements Serializable {
    static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})x(\\d{1,5})");

    /** @throws dvdquant.core.InputException if the file, or an image that it names, cannot be read */
    private List<GivenPrompt> read() {
        return PromptFile.read(Path.of(prompts), GivenImages.NONE, new ImageReader(ImageFile::read));
    }

    /**
     * For a manifest, a prompt each.
     *
     * @throws dvdquant.core.InputException if the file, or an image that it names, cannot be read
     */
    public List<Object> facts() {
        return read().stream().map(CalibrationClips::facts).toList();
    }

    private static Object facts(GivenPrompt prompt) {
        if (prompt.images().isEmpty()) return prompt.text();
        var facts = new LinkedHashMap<String, Object>();
        facts.put("prompt", prompt.text());
        facts.putAll(prompt.images().facts());
        return facts;
    }

    /** Samples them. */
    public Calibration.Result run(Path model, int threads, PipelineListener listener) {
        return Calibration.run(model, LoadOptions.defaults().withThreads(threads),
                read().stream().map(GivenPrompt::prompt).toList(), this::change, listener, new Cancellation());
    }

    private GenerationRequest change(GenerationRequest request) {
        GenerationRequest changed = steps == null ? request : request.withSteps(steps);
        if (size == null) return changed;
        Matcher parts = SIZE.matcher(size);
        if (!parts.matches()) throw new IllegalStateException(size + " was not checked");
        return changed.withSize(Integer.parseInt(parts.group(3)), Integer.parseInt(parts.group(2)),
                Integer.parseInt(parts.group(1)));
    }
}
