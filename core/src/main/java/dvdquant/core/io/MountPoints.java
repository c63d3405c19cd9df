package dvdquant.core.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Files and folders on which something is mounted: nothing can be renamed onto them. */
final class MountPoints {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    /** Blanks, tabs, line ends and backslashes of a name, in octal digits. */
    private static final Pattern ESCAPE = Pattern.compile("\\\\([0-7]{3})");
    /** Among the fields of a line, see proc_pid_mountinfo(5). */
    private static final int MOUNT_POINT = 4;

    private MountPoints() {}

    /** Whether a path, links followed, is one; false where the system does not say. */
    static boolean contains(Path real) {
        try {
            // Names are bytes: read as Latin-1, and compared so.
            return parse(Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1))
                    .contains(
                            new String(real.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
        } catch (IOException _) {
            return false;
        }
    }

    static List<String> parse(List<String> lines) {
        return lines.stream().map(line -> line.split(" ")).filter(fields -> fields.length > MOUNT_POINT)
                .map(fields -> ESCAPE.matcher(fields[MOUNT_POINT])
                        .replaceAll(m -> "\\" + (char) Integer.parseInt(m.group(1), 8)))
                .toList();
    }
}
