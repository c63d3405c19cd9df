package dvdquant.app.inspect;

import dvdquant.app.options.Flags;
import dvdquant.app.options.PromptFile;
import dvdquant.core.InputException;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** What {@code inspect --activations} samples, and where its picture goes. */
final class ActivationOptions {
    @Option(names = "--activations", description = "Sample with the model, and draw the maxima of the channels that its layers read, and how much its output changes from step to step.")
    boolean activations;

    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "What to sample with --activations.")
    private String prompt;

    @Option(names = "--prompts", paramLabel = "FILE", description = "UTF-8, a prompt a line, to sample with --activations.")
    private Path prompts;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps of --activations (default: the model's).")
    private Integer steps;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the noise of --activations (default: 0).")
    long seed;

    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", description = "A new folder for activations.html and activations.json.")
    private Path output;

    /** @throws InputException if there is none, or both flags are given */
    List<String> prompts() {
        Flags.requireOne("--prompt (-p)", prompt, "--prompts", prompts);
        return prompt == null ? PromptFile.read(prompts) : List.of(prompt);
    }

    /** @throws InputException if they are fewer than 1 */
    OptionalInt steps() {
        if (steps == null) return OptionalInt.empty();
        if (steps < 1) throw new InputException("--steps " + steps + ", expected 1 or more");
        return OptionalInt.of(steps);
    }

    /** @throws InputException if there is none */
    Path output() {
        if (output == null) throw new InputException("--activations: expected -o DIR, a folder for what is drawn");
        return output;
    }
}
