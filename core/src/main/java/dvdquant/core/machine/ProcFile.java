package dvdquant.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A text file of {@code /proc}; where there is none, as on other systems, it is empty. */
final class ProcFile {
    private ProcFile() {}

    static List<String> lines(String path) {
        try {
            return Files.readAllLines(Path.of(path));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** What stands after the first {@code key : }. */
    static Optional<String> value(List<String> lines, String key) {
        return lines.stream().filter(line -> line.startsWith(key) && line.contains(":"))
                .filter(line -> line.substring(0, line.indexOf(':')).strip().equals(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst();
    }

    /** A value such as {@code 2837 kB}, in bytes. */
    static OptionalLong bytes(String path, String key) {
        return value(lines(path), key).filter(text -> text.matches("\\d+ kB"))
                .map(text -> OptionalLong.of(Long.parseLong(text.substring(0, text.indexOf(' '))) << 10))
                .orElse(OptionalLong.empty());
    }
}
