package dvdquant.core.json;

import dvdquant.core.InputException;
import dvdquant.core.io.GitLfs;
import dvdquant.core.io.Reasons;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A JSON object from a file, such as a model's {@code config.json}. Values are asked for by key and type; what is missing or of
 * another type is an {@link InputException} that names the file and the key, what was found and what was expected.
 */
public final class JsonFile {
    private static final long MAX_BYTES = 16 << 20;
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path path;
    private final JsonNode root;

    private JsonFile(Path path, JsonNode root) {
        this.path = path;
        this.root = root;
    }

    /**
     * Reads a file of 16 MiB at most.
     *
     * @param path of the file
     * @return its object
     * @throws InputException if the file cannot be read, or does not hold one JSON object
     */
    public static JsonFile read(Path path) {
        if (GitLfs.isPointer(path)) throw new InputException(path + " " + GitLfs.REASON);
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new InputException(
                        path + ": " + Files.size(path) + " bytes, expected a configuration of 16 MiB at most");
            }
            return of(path, Files.readAllBytes(path));
        } catch (IOException e) {
            throw new InputException("cannot read " + path + ": " + Reasons.of(e), e);
        }
    }

    /**
     * Takes what was read already, or comes from elsewhere than a file.
     *
     * @param path that messages name
     * @param json text in UTF-8
     * @return its object
     * @throws InputException if it is not one JSON object
     */
    public static JsonFile of(Path path, byte[] json) {
        try {
            JsonNode root = MAPPER.readTree(json);
            if (!root.isObject()) throw new InputException(path + ": not a JSON object");
            return new JsonFile(path, root);
        } catch (JacksonException e) {
            throw new InputException(path + ": not valid JSON: " + JsonErrors.detail(e), e);
        }
    }

    /**
     * The file, which messages name.
     *
     * @return as it was given
     */
    public Path path() {
        return path;
    }

    /**
     * Whether the key is there with a value other than null.
     *
     * @param key of this object
     * @return false for null
     */
    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /**
     * The keys of this object.
     *
     * @return sorted
     */
    public SequencedSet<String> keys() {
        return new TreeSet<>(root.propertyNames());
    }

    /**
     * A value as JSON; "null" if the key is not there.
     *
     * @param key of this object
     * @return as Jackson writes it
     */
    public String json(String key) {
        return root.path(key).isMissingNode() ? "null" : root.get(key).toString();
    }

    /**
     * A whole number of up to 32 bits.
     *
     * @param key of this object
     * @return the number
     * @throws InputException if the key is missing, or its value is another
     */
    public int integer(String key) {
        return get(key, "a whole number", node -> node.isInt() ? node.intValue() : null);
    }

    /**
     * A whole number of up to 32 bits that may be left out.
     *
     * @param key of this object
     * @param absent where it is
     * @return the number
     * @throws InputException if the value is another
     */
    public int integer(String key, int absent) {
        return has(key) ? integer(key) : absent;
    }

    /**
     * A whole number of up to 64 bits, such as a seed.
     *
     * @param key of this object
     * @return the number
     * @throws InputException if the key is missing, or its value is another
     */
    public long longInteger(String key) {
        return get(key, "a whole number",
                node -> node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : null);
    }

    /**
     * A whole number of at least 1.
     *
     * @param key of this object
     * @return 1 or more
     * @throws InputException if the key is missing, or its value is another
     */
    public int size(String key) {
        return get(key, "a whole number from 1", node -> node.isInt() && node.intValue() > 0 ? node.intValue() : null);
    }

    /**
     * A number, whole or not.
     *
     * @param key of this object
     * @return the number
     * @throws InputException if the key is missing, or its value is another
     */
    public double number(String key) {
        return get(key, "a number", node -> node.isNumber() ? node.doubleValue() : null);
    }

    /**
     * A number that may be left out.
     *
     * @param key of this object
     * @param absent where it is
     * @return the number
     * @throws InputException if the value is another
     */
    public double number(String key, double absent) {
        return has(key) ? number(key) : absent;
    }

    /**
     * True or false, which may be left out.
     *
     * @param key of this object
     * @param absent where it is
     * @return the value
     * @throws InputException if the value is another
     */
    public boolean flag(String key, boolean absent) {
        return has(key) ? get(key, "true or false", node -> node.isBoolean() ? node.booleanValue() : null) : absent;
    }

    /**
     * A text.
     *
     * @param key of this object
     * @return the text, perhaps empty
     * @throws InputException if the key is missing, or its value is another
     */
    public String text(String key) {
        return get(key, "a text", node -> node.isString() ? node.stringValue() : null);
    }

    /**
     * A text that may be left out.
     *
     * @param key of this object
     * @param absent where it is
     * @return the text, perhaps empty
     * @throws InputException if the value is another
     */
    public String text(String key, String absent) {
        return has(key) ? text(key) : absent;
    }

    /**
     * A list of whole numbers of up to 32 bits.
     *
     * @param key of this object
     * @return in the file's order
     * @throws InputException if the key is missing, or its value is another
     */
    public List<Integer> integers(String key) {
        return list(key, "a list of whole numbers", node -> node.isInt() ? node.intValue() : null);
    }

    /**
     * A list of numbers.
     *
     * @param key of this object
     * @return in the file's order
     * @throws InputException if the key is missing, or its value is another
     */
    public List<Double> numbers(String key) {
        return list(key, "a list of numbers", node -> node.isNumber() ? node.doubleValue() : null);
    }

    /**
     * A list of true and false.
     *
     * @param key of this object
     * @return in the file's order
     * @throws InputException if the key is missing, or its value is another
     */
    public List<Boolean> flags(String key) {
        return list(key, "a list of true and false", node -> node.isBoolean() ? node.booleanValue() : null);
    }

    /**
     * A list of texts.
     *
     * @param key of this object
     * @return in the file's order
     * @throws InputException if the key is missing, or its value is another
     */
    public List<String> texts(String key) {
        return list(key, "a list of texts", node -> node.isString() ? node.stringValue() : null);
    }

    /**
     * The object under a key, which answers like a file of its own.
     *
     * @param key of this object
     * @return the object
     * @throws InputException if the key is missing, or its value is another
     */
    public JsonFile object(String key) {
        return new JsonFile(path, get(key, "an object", node -> node.isObject() ? node : null));
    }

    /**
     * The objects of a list, each of which answers like a file of its own.
     *
     * @param key of this object
     * @return in the file's order
     * @throws InputException if the key is missing, or its value is another
     */
    public List<JsonFile> objects(String key) {
        return list(key, "a list of objects", node -> node.isObject() ? new JsonFile(path, node) : null);
    }

    /**
     * For a file that is read strictly: what a key means must not be guessed.
     *
     * @param known keys that may be there
     * @throws InputException if there is a key that is none of these
     */
    public void requireOnly(String... known) {
        for (String key : root.propertyNames()) {
            if (!List.of(known).contains(key)) {
                throw new InputException(path + ": \"" + key + "\" is not known, expected only "
                        + String.join(", ", known));
            }
        }
    }

    /**
     * An error about one key: {@code found} is quoted from the file.
     *
     * @param key of this object
     * @param expected what should be there, as a part of a sentence
     * @return to be thrown
     */
    public InputException unexpected(String key, String expected) {
        JsonNode node = root.get(key);
        String found = node == null ? "is missing" : "is " + shortened(node.toString());
        return new InputException(path + ": \"" + key + "\" " + found + ", expected " + expected);
    }

    private static String shortened(String json) {
        return json.length() <= 60 ? json : json.substring(0, 57) + "...";
    }

    private <T> T get(String key, String expected, Function<JsonNode, T> convert) {
        JsonNode node = root.get(key);
        T value = node == null ? null : convert.apply(node);
        if (value == null) throw unexpected(key, expected);
        return value;
    }

    private <T> List<T> list(String key, String expected, Function<JsonNode, T> convert) {
        JsonNode node = root.get(key);
        if (node == null || !node.isArray()) throw unexpected(key, expected);
        var values = new ArrayList<T>();
        for (JsonNode element : node) {
            T value = convert.apply(element);
            if (value == null) throw unexpected(key, expected);
            values.add(value);
        }
        return List.copyOf(values);
    }
}
