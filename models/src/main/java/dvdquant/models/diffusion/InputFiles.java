package dvdquant.models.diffusion;

import dvdquant.core.io.Folders;
import dvdquant.core.safetensors.Checkpoint;

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
     * @throws dvdquant.core.InputException if a folder cannot be read, or a component's weights cannot be opened
     */
    public static List<Path> of(Path model, ModelFamily family) {
        var files = new ArrayList<Path>();
        files.add(model.resolve("model_index.json"));
        for (Component component : family.components()) {
            Path folder = model.resolve(component.name());
            if (!Files.isDirectory(folder)) continue;
            if (component.layout().isEmpty()) {
                Folders.list(folder).stream()
                        .filter(file -> file.toString().endsWith(".json") && Files.isRegularFile(file))
                        .forEach(files::add);
                continue;
            }
            files.add(folder.resolve("config.json"));
            try (var weights = Checkpoint.open(folder)) {
                files.addAll(weights.files());
            }
        }
        return List.copyOf(files);
    }
}
