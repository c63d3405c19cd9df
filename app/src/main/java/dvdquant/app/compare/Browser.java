package dvdquant.app.compare;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The user's browser, as the desktop opens it. */
final class Browser {
    private static final String OPENER = "xdg-open";

    private Browser() {}

    /** Opens a page, and does not wait. Returns why not, if it cannot. */
    static Optional<String> open(Path page) {
        boolean there = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, OPENER)));
        if (!there) return Optional.of("--open: there is no " + OPENER + " on this machine");
        try {
            new ProcessBuilder(OPENER, page.toUri().toString()).redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD).start();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("--open: " + OPENER + " cannot be started: " + e.getMessage());
        }
    }
}
