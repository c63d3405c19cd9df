package dvdquant.core.quantize;

import dvdquant.core.InputException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** The files of a model that a new one takes over as they are. */
final class OtherFiles {
    private OtherFiles() {}

    /**
     * Copies, or links, everything of a model folder but some components.
     *
     * @param links whether symbolic links to the files are made instead of copies
     */
    static void carry(Path model, Path to, Set<String> except, boolean links) throws IOException {
        try (var entries = Files.newDirectoryStream(model, entry -> !entry.getFileName().toString().startsWith("."))) {
            for (Path entry : entries) {
                if (!except.contains(entry.getFileName().toString())) carry(entry, to, links);
            }
        }
    }

    private static void carry(Path entry, Path to, boolean links) throws IOException {
        Path target = to.resolve(entry.getFileName());
        if (links) {
            Files.createSymbolicLink(target, entry.toRealPath());
        } else if (Files.isDirectory(entry)) {
            Files.createDirectory(target);
            try (var inside = Files.newDirectoryStream(entry)) {
                for (Path file : inside) {
                    carry(file, target, false);
                }
            }
        } else if (!Files.isRegularFile(entry)) {
            throw new InputException(entry + ": neither a file nor a folder, expected a model's files only");
        } else {
            Files.copy(entry, target);
        }
    }
}
