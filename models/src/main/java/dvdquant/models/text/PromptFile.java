package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.function.UnaryOperator;

/** A file with a prompt a line. */
public final class PromptFile {
    private static final long MAX_BYTES = 16 << 20;

    private PromptFile() {}

    /**
     * The lines that are not blank.
     *
     * @throws InputException if the file cannot be read, is not UTF-8, or holds no prompt
     */
    public static List<String> read(Path file) {
        List<String> prompts;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new InputException(
                        file + ": " + Files.size(file) + " bytes, expected a file of prompts of 16 MiB at most");
            }
            prompts = Files.readString(file).lines().map(PromptFile::withoutMark).map(String::strip)
                    .filter(line -> !line.isEmpty()).toList();
        } catch (CharacterCodingException e) {
            throw new InputException(file + ": not UTF-8, expected a prompt a line", e);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e), e);
        }
        if (prompts.isEmpty()) throw new InputException(file + ": holds no prompt, expected one a line");
        return prompts;
    }

    /** Some editors begin a file with a byte order mark, which is no part of its first prompt. */
    private static String withoutMark(String line) {
        return line.startsWith("\uFEFF") ? line.substring(1) : line;
    }

    /**
     * The same, where each prompt makes one clip that counts: one that is there twice, as the model reads it, would count twice.
     *
     * @param cleaned what the model's text encoders are given of a prompt
     * @throws InputException as {@link #read}, or if two prompts are the same once they are cleaned
     */
    public static List<String> readDistinct(Path file, UnaryOperator<String> cleaned) {
        List<String> prompts = read(file);
        var seen = new HashMap<String, String>();
        for (String prompt : prompts) {
            String other = seen.put(cleaned.apply(prompt), prompt);
            if (other == null) continue;
            throw new InputException(file + ": holds " + (other.equals(prompt)
                    ? "\"" + prompt + "\" twice"
                    : "\"" + other + "\" and \"" + prompt + "\", which are the same prompt once they are cleaned")
                    + ", expected prompts that differ");
        }
        return prompts;
    }
}
