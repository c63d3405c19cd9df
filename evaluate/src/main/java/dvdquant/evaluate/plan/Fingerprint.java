package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * All that a result depends on, as a text: two results are the same one if their texts are.
 *
 * @param text lines of {@code name: value}
 */
public record Fingerprint(String text) {
    private static final int KEY_BYTES = 10;

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
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, KEY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A file, or all files of a folder, by size and time of change: reading a checkpoint whole would take longer than many a run.
     *
     * @throws InputException if they cannot be read
     */
    public static Fingerprint ofFiles(String name, Path path) {
        try (var files = Files.walk(path, FileVisitOption.FOLLOW_LINKS)) {
            List<String> stamps = files.filter(Files::isRegularFile).sorted().map(file -> stamp(path, file)).toList();
            return of(name, String.join("; ", stamps));
        } catch (IOException | UncheckedIOException e) {
            IOException cause = e instanceof IOException io ? io : ((UncheckedIOException) e).getCause();
            throw new InputException("cannot read " + path + ": " + Reasons.of(cause), e);
        }
    }

    private static String stamp(Path root, Path file) {
        try {
            return root.relativize(file) + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
