package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.io.Folders;

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
     * @throws InputException if a folder cannot be read, or holds what is neither a file nor a folder
     */
    static void carry(Path model, Path to, Set<String> except, boolean links) throws IOException {
        for (Path entry : Folders.list(model)) {
            String name = entry.getFileName().toString();
            if (!name.startsWith(".") && !except.contains(name)) carry(entry, to, links);
        }
    }

    private static void carry(Path entry, Path to, boolean links) throws IOException {
        Path target = to.resolve(entry.getFileName());
        if (links) {
            Files.createSymbolicLink(target, entry.toRealPath());
        } else if (Files.isDirectory(entry)) {
            Files.createDirectory(target);
            for (Path file : Folders.list(entry)) {
                carry(file, target, false);
            }
        } else if (!Files.isRegularFile(entry)) {
            throw new InputException(entry + ": neither a file nor a folder, expected a model's files only");
        } else {
            Files.copy(entry, target);
        }
    }
}
