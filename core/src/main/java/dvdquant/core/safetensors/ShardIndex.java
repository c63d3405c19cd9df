package dvdquant.core.safetensors;

import dvdquant.core.io.Reasons;
import tools.jackson.core.JsonToken;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The index of a sharded checkpoint, {@code *.safetensors.index.json}.
 *
 * @param fileOf tensor name → name of a file in the index's folder
 */
record ShardIndex(Path path, SequencedMap<String, String> fileOf) {
    private static final String WEIGHT_MAP = "weight_map";

    /**
     * @throws SafetensorsException if it is not an index, or names a file outside its folder
     */
    static ShardIndex read(Path path) {
        return parse(path, bytes(path));
    }

    /** @throws SafetensorsException as {@link #read} */
    static ShardIndex parse(Path path, byte[] bytes) {
        try (var json = new JsonSource(path, "the index", bytes, 0)) {
            SequencedMap<String, String> fileOf = null;
            json.expect(JsonToken.START_OBJECT, "a JSON object");
            while (json.next() == JsonToken.PROPERTY_NAME) {
                if (json.text().equals(WEIGHT_MAP)) {
                    fileOf = weightMap(json);
                } else {
                    json.skipValue();
                }
            }
            if (json.next() != null) throw json.unexpected("nothing after its JSON object");
            if (fileOf == null) {
                throw new SafetensorsException(path, SafetensorsException.NO_OFFSET, "the index has no " + WEIGHT_MAP);
            }
            return new ShardIndex(path, fileOf);
        }
    }

    /** @throws SafetensorsException if it is larger than any index */
    static void requireSize(Path path, long bytes) {
        if (bytes <= Header.MAX_BYTES) return;
        throw new SafetensorsException(path, SafetensorsException.NO_OFFSET,
                "the index is of " + bytes + " bytes, above the limit of " + Header.MAX_BYTES);
    }

    private static byte[] bytes(Path path) {
        SafetensorsFile.requireFile(path);
        try {
            requireSize(path, Files.size(path));
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new SafetensorsException(path, SafetensorsException.NO_OFFSET, "cannot be read: " + Reasons.of(e), e);
        }
    }

    private static SequencedMap<String, String> weightMap(JsonSource json) {
        var fileOf = new LinkedHashMap<String, String>();
        json.expect(JsonToken.START_OBJECT, "an object for " + WEIGHT_MAP);
        while (json.next() == JsonToken.PROPERTY_NAME) {
            String tensor = json.text();
            json.enter("tensor", tensor);
            String file = json.string("a file name");
            if (!isPlainName(file)) {
                throw json.failure("is in " + Names.quoted(file) + ", expected the name of a file in its folder,");
            }
            json.leave();
            fileOf.put(tensor, file);
        }
        return fileOf;
    }

    private static boolean isPlainName(String file) {
        return !file.isEmpty() && !file.equals(".") && !file.equals("..")
                && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
    }
}
