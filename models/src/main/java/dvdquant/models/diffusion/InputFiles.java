package dvdquant.models.diffusion;

import dvdquant.core.io.Folders;
import dvdquant.core.safetensors.Checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The files of a model that its components read; whatever else lies in its folder has no part in what it makes. */
public final class InputFiles {
    /** Of a prompt, where a model's folder has one of its own. */
    private static final String TEMPLATE = "template.json";
    private static final Pattern SETTINGS = Pattern.compile("\\.(json|txt)$");

    private InputFiles() {}

    /**
     * {@code model_index.json}, the prompt's template if there is one, and of each component that the model has its settings, as JSON or text
     * directly in its folder, and the files of weights that are opened.
     *
     * @throws dvdquant.core.InputException if a folder cannot be read, or a component's weights cannot be opened
     */
    public static List<Path> of(Path model, ModelFamily family) {
        var files = new ArrayList<Path>();
        files.add(model.resolve("model_index.json"));
        files.addAll(template(model));
        for (Component component : family.components()) {
            files.addAll(of(model, component));
        }
        return List.copyOf(files);
    }

    /**
     * Those of them that what is made of a text depends on: not the transformers', the image encoder's or the autoencoder's.
     *
     * @throws dvdquant.core.InputException as {@link #of}
     */
    public static List<Path> ofTexts(Path model, ModelFamily family) {
        var files = new ArrayList<>(template(model));
        for (Component component : family.components()) {
            switch (component.kind()) {
                case TEXT_ENCODER, OTHER -> files.addAll(of(model, component));
                case TRANSFORMER, IMAGE_ENCODER, AUTOENCODER -> {
                }
            }
        }
        return List.copyOf(files);
    }

    private static List<Path> template(Path model) {
        Path template = model.resolve(TEMPLATE);
        return Files.isRegularFile(template) ? List.of(template) : List.of();
    }

    private static List<Path> of(Path model, Component component) {
        Path folder = model.resolve(component.name());
        if (!component.isIn(model)) return List.of();
        if (component.layout().isEmpty()) return settings(folder);
        var files = new ArrayList<Path>();
        files.add(folder.resolve("config.json"));
        try (var weights = Checkpoint.open(folder)) {
            files.addAll(weights.files());
        }
        return files;
    }

    private static List<Path> settings(Path folder) {
        return Folders.list(folder).stream().filter(file -> SETTINGS.matcher(file.toString()).find())
                .filter(Files::isRegularFile).sorted().toList();
    }
}
