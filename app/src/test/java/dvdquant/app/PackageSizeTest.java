package dvdquant.app;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** A package that one can still look over. */
class PackageSizeTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final int MOST_FILES = 25;

    @Test
    void noPackageIsADrawer() throws IOException {
        var files = new TreeMap<String, Integer>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path sources : modules.map(module -> module.resolve("src/main/java")).filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> all = Files.walk(sources)) {
                    all.filter(file -> file.toString().endsWith(".java"))
                            .forEach(
                                    file -> files.merge(ROOT.relativize(file.getParent()).toString(), 1, Integer::sum));
                }
            }
        }
        files.values().removeIf(count -> count <= MOST_FILES);
        assertThat(files).as("folders with more than " + MOST_FILES + " files").isEmpty();
    }
}
