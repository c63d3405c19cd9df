package dvdquant.spark.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Folders compared byte by byte. */
public final class Folders {
    private Folders() {}

    /** By name in the folder; links are followed. */
    private static Map<String, Path> files(Path folder) throws IOException {
        var files = new TreeMap<String, Path>();
        try (Stream<Path> all = Files.walk(folder, java.nio.file.FileVisitOption.FOLLOW_LINKS)) {
            all.filter(Files::isRegularFile).forEach(file -> files.put(folder.relativize(file).toString(), file));
        }
        return files;
    }

    /** @param but names of files that may differ, and must be in both */
    public static void assertSame(Path found, Path expected, Set<String> but) throws IOException {
        Map<String, Path> of = files(expected);
        assertThat(files(found).keySet()).as(found.toString()).isEqualTo(of.keySet());
        for (var file : of.entrySet()) {
            if (but.contains(file.getKey())) continue;
            assertThat(Files.mismatch(found.resolve(file.getKey()), file.getValue())).as(file.getKey()).isEqualTo(-1);
        }
    }

    /** All that is in a folder, hidden things too. */
    public static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
