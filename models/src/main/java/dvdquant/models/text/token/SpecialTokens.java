package dvdquant.models.text.token;

import dvdquant.core.json.JsonFile;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The special tokens of a tokenizer by their parts in it, such as {@code bos_token}: of {@code tokenizer_config.json}, and what that does not
 * name of {@code special_tokens_map.json}.
 *
 * @param files those of the two that are there
 */
record SpecialTokens(List<JsonFile> files) {
    static SpecialTokens read(Path folder) {
        return new SpecialTokens(Stream.of("tokenizer_config.json", "special_tokens_map.json").map(folder::resolve)
                .filter(Files::isRegularFile).map(JsonFile::read).toList());
    }

    /** @throws dvdquant.core.InputException if what is named is no text */
    Optional<String> named(String part) {
        return files.stream().filter(file -> file.has(part)).findFirst()
                .map(file -> file.json(part).startsWith("{")
                        ? file.object(part).text("content")
                        : file.text(part));
    }

    /** Whether a setting of the tokenizer is on. */
    boolean flag(String key, boolean absent) {
        return files.stream().filter(file -> file.has(key)).findFirst().map(file -> file.flag(key, absent))
                .orElse(absent);
    }
}
