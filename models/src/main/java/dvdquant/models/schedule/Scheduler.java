package dvdquant.models.schedule;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.nio.file.Path;

/** A sampler as {@code scheduler_config.json} configures it. */
public sealed interface Scheduler permits UniPCMultistepScheduler, FlowMatchEulerDiscreteScheduler {
    /**
     * Begins a run of {@code steps} steps from noise.
     *
     * @throws InputException if the steps are less than 1, or the shift leaves them no noise levels to tell apart
     */
    SamplerRun start(int steps);

    /** Times that the model was trained on: that of noise. */
    int trainSteps();

    /** The shift of the noise levels. */
    double shift();

    /** The same sampler with another shift of the noise levels. */
    Scheduler withShift(double shift);

    /**
     * Reads {@code scheduler_config.json} of a scheduler folder.
     *
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

    static void refuseAll(JsonFile config, String... flags) {
        for (String flag : flags) {
            refuse(config, flag);
        }
    }

    static int trainSteps(JsonFile config) {
        return config.has("num_train_timesteps") ? config.size("num_train_timesteps") : 1000;
    }

    static double shift(JsonFile config, String key) {
        double shift = config.number(key, 1);
        if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) throw config.unexpected(key, "a number above 0");
        return shift;
    }

    static void requireSteps(int steps) {
        if (steps < 1) throw new InputException("steps: " + steps + ", expected 1 or more");
    }

    /**
     * A shift so far from 1 that floats no longer tell the levels apart would make steps that do nothing, or that end in NaN.
     *
     * @param sigmas of a run, its last 0
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

    /** The shift of noise levels towards 1 that larger frames need: s·σ / (1 + (s − 1)·σ). */
    static double shifted(double sigma, double shift) {
        return shift * sigma / (1 + (shift - 1) * sigma);
    }
}
