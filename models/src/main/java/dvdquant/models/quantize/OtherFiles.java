package dvdquant.models.quantize;

import dvdquant.core.InputException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a model that a new one takes over as they are. */
final class OtherFiles {
    private OtherFiles() {}

    /**
     * Copies, or links, everything of a model folder but one component.
     *
     * @param links whether symbolic links to the files are made instead of copies
     */
    static void carry(Path model, Path to, String exceptComponent, boolean links) throws IOException {
        try (var entries = Files.newDirectoryStream(model, entry -> !entry.getFileName().toString().startsWith("."))) {
            for (Path entry : entries) {
                if (!entry.getFileName().toString().equals(exceptComponent)) carry(entry, to, links);
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
