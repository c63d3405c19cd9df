package dvdquant.models.schedule;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.nio.file.Path;

/** A sampler as {@code scheduler_config.json} configures it. */
public sealed interface Scheduler permits UniPCMultistepScheduler, FlowMatchEulerDiscreteScheduler {
    /**
     * Begins a run from noise.
     *
     * @param steps in all
     * @return before its first step
     */
    SamplerRun start(int steps);

    /** {@return times that the model was trained on: that of noise} */
    int trainSteps();

    /** {@return the shift of the noise levels} */
    double shift();

    /**
     * {@return the same sampler with another shift of the noise levels}
     *
     * @param shift above 0; 1 leaves the levels as they are spaced
     */
    Scheduler withShift(double shift);

    /**
     * Reads {@code scheduler_config.json} of a scheduler folder.
     *
     * @param folder of the component, such as {@code MODEL/scheduler}
     * @return the sampler
     * @throws InputException if it configures a scheduler, or a feature of one, that is not supported
     */
    static Scheduler read(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("scheduler_config.json"));
        return switch (config.text("_class_name")) {
            case "UniPCMultistepScheduler" -> UniPCMultistepScheduler.of(config);
            case "FlowMatchEulerDiscreteScheduler" -> FlowMatchEulerDiscreteScheduler.of(config);
            default -> throw config.unexpected("_class_name",
                    "a supported scheduler: UniPCMultistepScheduler or FlowMatchEulerDiscreteScheduler");
        };
    }

    /** Refuses a feature that is switched on in the configuration and not built here. */
    private static void refuse(JsonFile config, String flag) {
        if (config.flag(flag, false)) throw config.unexpected(flag, "false: it is not supported");
    }

    /**
     * Refuses features that are switched on in the configuration and not built here.
     *
     * @param config {@code scheduler_config.json}
     * @param flags their keys
     * @throws InputException if one is true
     */
    static void refuseAll(JsonFile config, String... flags) {
        for (String flag : flags) {
            refuse(config, flag);
        }
    }

    /**
     * {@return {@code num_train_timesteps}; 1000 if it is not there}
     *
     * @param config {@code scheduler_config.json}
     * @throws InputException if it is no number of steps
     */
    static int trainSteps(JsonFile config) {
        return config.has("num_train_timesteps") ? config.size("num_train_timesteps") : 1000;
    }

    /**
     * {@return a shift of the noise levels; 1 if it is not there}
     *
     * @param config {@code scheduler_config.json}
     * @param key under which it is
     * @throws InputException if it is not above 0, and finite
     */
    static double shift(JsonFile config, String key) {
        double shift = config.number(key, 1);
        if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) throw config.unexpected(key, "a number above 0");
        return shift;
    }

    /**
     * Checks that there is a step to take.
     *
     * @param steps of a run
     * @throws InputException if there is none
     */
    static void requireSteps(int steps) {
        if (steps < 1) throw new InputException("steps: " + steps + ", expected 1 or more");
    }

    /**
     * {@return the noise levels of a run, checked}
     * A shift so far from 1 that floats no longer tell the levels apart would make steps that do nothing, or that end in
     * NaN.
     *
     * @param sigmas of a run, its last 0
     * @param shift for the message
     * @throws InputException unless they fall from 1 to 0
     */
    static float[] requireFalling(float[] sigmas, double shift) {
        int steps = sigmas.length - 1;
        float before = Math.nextUp(1f);
        for (int i = 0; i <= steps; i++) {
            if (!(sigmas[i] < before)) {
                throw new InputException("flow shift: " + shift + ": of " + steps
                        + " steps the noise levels do not fall from 1 to 0 (level "
                        + (i + 1) + " is " + sigmas[i] + "), expected a shift nearer to 1"
                        + (steps > 1 ? ", or fewer steps" : ""));
            }
            before = sigmas[i];
        }
        return sigmas;
    }

    /**
     * {@return a noise level moved towards 1, as larger frames need it: s·σ / (1 + (s − 1)·σ)}
     *
     * @param sigma σ, 0 to 1
     * @param shift s, above 0
     */
    static double shifted(double sigma, double shift) {
        return shift * sigma / (1 + (shift - 1) * sigma);
    }
}
