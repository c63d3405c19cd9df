package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import dvdquant.core.io.Sha256;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

import static java.util.stream.Collectors.joining;

/**
 * All that a result depends on, as a text: two results are the same one if their texts are.
 *
 * @param text lines of {@code name: value}
 */
public record Fingerprint(String text) {
    public static Fingerprint of(String name, Object value) {
        return new Fingerprint(name + ": " + value + "\n");
    }

    public Fingerprint with(String name, Object value) {
        return new Fingerprint(text + name + ": " + value + "\n");
    }

    public Fingerprint with(Fingerprint other) {
        return new Fingerprint(text + other.text);
    }

    /** A short name for it, as a folder's. */
    public String key() {
        MessageDigest digest = Sha256.begin();
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return Contents.hex(digest);
    }

    /**
     * Files by what stands in them ({@link Contents}); where they lie, and when they were written, does not count.
     *
     * @param folder that they are named within
     * @throws InputException if one cannot be read
     */
    public static Fingerprint ofFiles(String name, Path folder, List<Path> files) {
        return of(name, files.stream().map(file -> folder.relativize(file) + " " + Contents.of(file))
                .collect(joining("; ")));
    }
}
