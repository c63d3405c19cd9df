package dvdquant.models.diffusion;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.safetensors.Checkpoint;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files of a model that its components read; whatever else lies in its folder has no part in what it makes. */
public final class InputFiles {
    private InputFiles() {}

    /**
     * {@code model_index.json}, and of each component that the model has its settings, as JSON directly in its folder, and the files of
     * weights that are opened.
     *
     * @throws InputException if a folder cannot be read, or a component's weights cannot be opened
     */
    public static List<Path> of(Path model, ModelFamily family) {
        var files = new ArrayList<Path>();
        files.add(model.resolve("model_index.json"));
        for (Component component : family.components()) {
            Path folder = model.resolve(component.name());
            if (!Files.isDirectory(folder)) continue;
            if (component.layout().isEmpty()) {
                files.addAll(settings(folder));
                continue;
            }
            files.add(folder.resolve("config.json"));
            try (var weights = Checkpoint.open(folder)) {
                files.addAll(weights.files());
            }
        }
        return List.copyOf(files);
    }

    private static List<Path> settings(Path folder) {
        var files = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(folder, "*.json")) {
            entries.forEach(entry -> {
                if (Files.isRegularFile(entry)) files.add(entry);
            });
        } catch (IOException | DirectoryIteratorException e) {
            IOException cause = e instanceof IOException io ? io : ((DirectoryIteratorException) e).getCause();
            throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(cause), e);
        }
        files.sort(null);
        return files;
    }
}
