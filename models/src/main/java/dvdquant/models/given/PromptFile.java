package dvdquant.models.given;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A file with a prompt a line, each after its pictures if it has any: {@code image=cat.png last="my dog.jpg" a cat turns into a dog}. Paths
 * are relative to the file.
 */
public final class PromptFile {
    private static final long MAX_BYTES = 16 << 20;

    private PromptFile() {}

    /**
     * The lines that are not blank; all pictures are read.
     *
     * @param others the pictures of lines that name none, and how all become frames
     * @throws InputException if the file cannot be read, is not UTF-8, or holds no prompt; or which names the line, if it is not as expected
     *             or names a file that is no picture
     */
    public static List<GivenPrompt> read(Path file, GivenImages others, ImageReader reader) {
        List<String> lines = lines(file);
        var prompts = new ArrayList<GivenPrompt>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!line.isEmpty()) prompts.add(read(file, file + ", line " + (i + 1), line, others, reader));
        }
        if (prompts.isEmpty()) throw new InputException(file + ": holds no prompt, expected one a line");
        return prompts;
    }

    private static GivenPrompt read(Path file, String where, String line, GivenImages others, ImageReader reader) {
        PromptLine parsed = PromptLine.parse(where, line);
        var first = GivenImages.Place.of(where + ", image", parsed.image().map(file::resolveSibling), reader);
        var last = GivenImages.Place.of(where + ", last", parsed.last().map(file::resolveSibling), reader);
        return new GivenPrompt(parsed.text(),
                new GivenImages(first.or(others.first()), last.or(others.last()), others.fit()));
    }

    private static List<String> lines(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new InputException(
                        file + ": " + Files.size(file) + " bytes, expected a file of prompts of 16 MiB at most");
            }
            return Files.readString(file).lines().map(PromptFile::withoutMark).map(String::strip).toList();
        } catch (CharacterCodingException e) {
            throw new InputException(file + ": not UTF-8, expected a prompt a line", e);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e), e);
        }
    }

    /** Some editors begin a file with a byte order mark, which is no part of its first prompt. */
    private static String withoutMark(String line) {
        return line.startsWith("\uFEFF") ? line.substring(1) : line;
    }

    /**
     * The same, where each prompt makes one clip that counts: one that is there twice, as the model reads it and with the same pictures,
     * would count twice.
     *
     * @param cleaned what the model's text encoders are given of a prompt
     * @throws InputException as {@link #read}, or if two prompts are the same once they are cleaned
     */
    public static List<GivenPrompt> readDistinct(Path file, GivenImages others, ImageReader reader,
            UnaryOperator<String> cleaned) {
        List<GivenPrompt> prompts = read(file, others, reader);
        var seen = new HashMap<List<String>, String>();
        for (GivenPrompt prompt : prompts) {
            String text = prompt.text();
            String other = seen.put(List.of(cleaned.apply(text), prompt.images().contents()), text);
            if (other == null) continue;
            throw new InputException(file + ": holds " + (other.equals(text)
                    ? "\"" + text + "\" twice"
                    : "\"" + other + "\" and \"" + text + "\", which are the same prompt once they are cleaned")
                    + ", expected prompts that differ");
        }
        return prompts;
    }
}
