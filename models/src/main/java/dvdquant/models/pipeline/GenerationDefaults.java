package dvdquant.models.pipeline;

import dvdquant.core.json.JsonFile;

import java.util.OptionalDouble;

/**
 * What a model's clips are like unless one asks for something else: the key {@code _dvdquant} of {@code model_index.json}, else
 * what is usual for the model.
 *
 * @param frames of a clip
 * @param height in pixels
 * @param width in pixels
 * @param steps denoising steps
 * @param guidance towards the prompt
 * @param fps frames a second of a clip that is written
 * @param flowShift that its authors' own program takes, for people: what runs is the scheduler's; empty if none is known
 */
public record GenerationDefaults(int frames, int height, int width, int steps, Guidance guidance, int fps,
        OptionalDouble flowShift) {
    /**
     * Of a model of which no other shift than its scheduler's is known.
     *
     * @param frames of a clip
     * @param height in pixels
     * @param width in pixels
     * @param steps denoising steps
     * @param guidance towards the prompt
     * @param fps frames a second of a clip that is written
     */
    public GenerationDefaults(int frames, int height, int width, int steps, Guidance guidance, int fps) {
        this(frames, height, width, steps, guidance, fps, OptionalDouble.empty());
    }

    /**
     * Reads a model's own.
     *
     * @param modelIndex its {@code model_index.json}
     * @param usual where the file says nothing
     * @return the model's
     * @throws dvdquant.core.InputException if {@code _dvdquant} holds something else than numbers from 1
     */
    public static GenerationDefaults read(JsonFile modelIndex, GenerationDefaults usual) {
        if (!modelIndex.has("_dvdquant")) return usual;
        JsonFile own = modelIndex.object("_dvdquant");
        Guidance guidance = own.has("guidance") ? usual.guidance.with(own.number("guidance")) : usual.guidance;
        return new GenerationDefaults(size(own, "frames", usual.frames), size(own, "height", usual.height),
                size(own, "width", usual.width), size(own, "steps", usual.steps), guidance,
                size(own, "fps", usual.fps));
    }

    private static int size(JsonFile own, String key, int usual) {
        return own.has(key) ? own.size(key) : usual;
    }
}
