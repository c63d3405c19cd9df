package dvdquant.core.safetensors;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Why a folder has no weights that are read, by what it has in their place. */
final class MissingWeights {
    private static final String OTHERS = "*.{safetensors,bin,pt,pth,ckpt,gguf,part,incomplete}";
    private static final int NAMED = 3;

    private MissingWeights() {}

    /** @param candidates the names that were looked for */
    static String reason(Path folder, List<String> candidates) {
        if (!Files.exists(folder)) return "cannot be read: no such file or folder";
        if (!Files.isDirectory(folder)) return "is not a folder";
        for (String candidate : candidates) {
            Path link = folder.resolve(candidate);
            if (Files.isSymbolicLink(link)) return broken(link);
        }
        List<String> others = others(folder);
        return "has no weights: looked for " + String.join(", ", candidates)
                + (others.isEmpty() ? "" : "; found " + found(others));
    }

    /** As the cache of huggingface_hub has links to files that it downloads elsewhere. */
    private static String broken(Path link) {
        try {
            return "has no weights: " + link.getFileName() + " is a link to " + Files.readSymbolicLink(link)
                    + ", which is not there; is the download complete?";
        } catch (IOException _) {
            return "has no weights: " + link.getFileName() + " is a link that cannot be read";
        }
    }

    private static String found(List<String> others) {
        String names = others.stream().limit(NAMED).map(Names::quoted).collect(Collectors.joining(", "))
                + (others.size() > NAMED ? " and " + (others.size() - NAMED) + " more" : "");
        boolean named = others.stream().anyMatch(name -> name.endsWith(".safetensors"));
        return names + (named ? ", expected one under such a name (a link will do)" : ", expected safetensors");
    }

    /** Empty where the folder cannot be read. */
    private static List<String> others(Path folder) {
        var names = new ArrayList<String>();
        try (var files = Files.newDirectoryStream(folder, OTHERS)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (IOException | DirectoryIteratorException _) {
            names.clear();
        }
        Collections.sort(names);
        return names;
    }
}
