package dvdquant.models.diffusion.prompts;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.io.Reasons;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.prompts.PromptCache;
import dvdquant.tensor.ComputeDevice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Encoded texts in a folder, a file each, named by all that they depend on: what stands in the files of the text encoders and tokenizers and in
 * the template, the compute type, the device, the program, and the text.
 *
 * @param files of the model that texts depend on, as they are when they are asked for
 */
public record PromptStore(PromptCache cache, Supplier<Fingerprint> files, EncoderPrecision precision,
        ComputeDevice device) {
    /** @throws InputException if the folder cannot be made, or written to */
    public static PromptStore open(PromptCache cache, Supplier<Fingerprint> files, EncoderPrecision precision,
            ComputeDevice device) {
        try {
            Files.createDirectories(cache.folder());
        } catch (IOException e) {
            throw new InputException("cannot make the folder " + cache.folder() + " for encoded prompts: "
                    + Reasons.of(e), e);
        }
        if (!Files.isWritable(cache.folder())) {
            throw new InputException(cache.folder() + ": cannot be written to, expected a folder for encoded prompts");
        }
        return new PromptStore(cache, files, precision, device);
    }

    /** Looks at the model's files as they are now. */
    public Run run(Consumer<String> warnings) {
        Fingerprint encoding = Fingerprint.of("program", cache.program())
                .with(files.get())
                .with("precision", precision)
                .with("device", device.device().isCpu() ? "cpu" : "gpu");
        return new Run(cache.folder(), encoding, warnings);
    }

    /**
     * One look into the folder.
     *
     * @param encoding what all texts depend on
     */
    public record Run(Path folder, Fingerprint encoding, Consumer<String> warnings) {
        /** What was made of a text; empty if nothing was, or the file is damaged, which is said. */
        public Optional<Conditioning> find(String text) {
            Path file = file(text);
            if (!Files.exists(file)) return Optional.empty();
            try {
                return Optional.of(StoredConditioning.read(file, of(text)));
            } catch (InputException e) {
                warnings.accept("a kept prompt cannot be used and is encoded anew: " + e.getMessage());
                return Optional.empty();
            }
        }

        /** Whoever cannot keep it goes on with it, and is told. */
        public void keep(String text, Conditioning made) {
            try {
                StoredConditioning.write(file(text), made, of(text));
            } catch (InputException e) {
                warnings.accept("an encoded prompt is not kept: " + e.getMessage());
            }
        }

        private Fingerprint of(String text) {
            return encoding.with("text", text);
        }

        private Path file(String text) {
            return folder.resolve(of(text).key() + ".safetensors");
        }
    }
}
