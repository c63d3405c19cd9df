package dvdquant.models.pipeline;

import dvdquant.core.json.JsonFile;

/**
 * What a model's clips are like unless one asks for something else: the key {@code _dvdquant} of {@code model_index.json}, else
 * what is usual in the model's family.
 *
 * @param frames of a clip
 * @param height in pixels
 * @param width in pixels
 * @param steps denoising steps
 * @param guidance towards the prompt
 * @param fps frames a second of a clip that is written
 */
public record GenerationDefaults(int frames, int height, int width, int steps, Guidance guidance, int fps) {
    /**
     * Reads a model's own.
     *
     * @param modelIndex its {@code model_index.json}
     * @param family what is usual where the file says nothing
     * @return the model's
     * @throws dvdquant.core.InputException if {@code _dvdquant} holds something else than numbers from 1
     */
    public static GenerationDefaults read(JsonFile modelIndex, GenerationDefaults family) {
        if (!modelIndex.has("_dvdquant")) return family;
        JsonFile own = modelIndex.object("_dvdquant");
        return new GenerationDefaults(size(own, "frames", family.frames), size(own, "height", family.height),
                size(own, "width", family.width), size(own, "steps", family.steps),
                family.guidance.with(own.number("guidance", family.guidance.value())), size(own, "fps", family.fps));
    }

    private static int size(JsonFile own, String key, int family) {
        return own.has(key) ? own.size(key) : family;
    }
}
