package dvdquant.video;

import dvdquant.core.io.Sha256;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which frames this program wrote into a folder: {@code frames.sha256} in it, as {@code sha256sum -c} reads it.
 *
 * @param lines a sum and a name each
 */
record FrameSums(Set<String> lines) {
    static final String NAME = "frames.sha256";

    static FrameSums of(List<Path> frames) throws IOException {
        var lines = new LinkedHashSet<String>();
        for (Path frame : frames) {
            lines.add(line(frame));
        }
        return new FrameSums(lines);
    }

    /** Those of a folder; none, if it has no list of them. */
    static FrameSums read(Path folder) throws IOException {
        if (!Files.isRegularFile(file(folder))) return new FrameSums(Set.of());
        try {
            return new FrameSums(Set.copyOf(Files.readAllLines(file(folder))));
        } catch (MalformedInputException _) {
            return new FrameSums(Set.of());
        }
    }

    void write(Path folder) throws IOException {
        Files.write(file(folder), lines);
    }

    FrameSums and(FrameSums others) {
        var both = new LinkedHashSet<>(lines);
        both.addAll(others.lines);
        return new FrameSums(both);
    }

    /** Whether a file is one of them, with the bytes that it had. */
    boolean hold(Path frame) throws IOException {
        return !lines.isEmpty() && lines.contains(line(frame));
    }

    static Path file(Path folder) {
        return folder.resolve(NAME);
    }

    /** Whether it is such a list, and no folder of its name. */
    static boolean isFile(Path entry) {
        return entry.getFileName().toString().equals(NAME) && Files.isRegularFile(entry);
    }

    private static String line(Path frame) throws IOException {
        return HexFormat.of().formatHex(Sha256.of(Files.readAllBytes(frame))) + "  " + frame.getFileName();
    }
}
