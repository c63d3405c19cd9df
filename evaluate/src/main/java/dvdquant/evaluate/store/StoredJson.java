package dvdquant.evaluate.store;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.io.StagedPath;
import dvdquant.core.json.JsonFile;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/** Small JSON files, each of which holds the fingerprint of what it is a result of. */
final class StoredJson {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String MADE_FROM = "made_from";

    private StoredJson() {}

    static void write(Path target, Map<String, Object> values) {
        StagedPath.write(target, MAPPER.writeValueAsString(values) + "\n");
    }

    static void write(Path target, Fingerprint fingerprint, SequencedMap<String, Object> values) {
        var all = new LinkedHashMap<String, Object>();
        all.put(MADE_FROM, fingerprint.text());
        all.putAll(values);
        write(target, all);
    }

    /** Empty if there is no such file, it is of another fingerprint, or what {@code parse} asks of it is not there. */
    static <T> Optional<T> read(Path file, Fingerprint fingerprint, Function<JsonFile, T> parse) {
        if (!Files.isRegularFile(file)) return Optional.empty();
        try {
            JsonFile json = JsonFile.read(file);
            return json.text(MADE_FROM).equals(fingerprint.text()) ? Optional.of(parse.apply(json)) : Optional.empty();
        } catch (InputException | IllegalArgumentException _) {
            return Optional.empty(); // damaged: made again, as if it had never been there
        }
    }
}
