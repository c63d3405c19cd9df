package dvdquant.app.generate;

import dvdquant.core.io.Folders;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Numbered files in a folder of clips, or of latents, that a run with more prompts has left and this one does not replace. */
final class EarlierFiles {
    private static final Pattern NUMBERED = Pattern.compile("\\d{3,}\\.(mp4|json|safetensors)");
    private static final int NAMED = 4;

    private EarlierFiles() {}

    /** What a run calls the clip of its prompt at {@code index}, from 0, but for the ending: {@code 000}. */
    static String number(int index) {
        return String.format(Locale.ROOT, "%03d", index);
    }

    /**
     * @param clips that this run will write
     * @return a line that names them; empty if there are none
     * @throws dvdquant.core.InputException if the folder cannot be read
     */
    static Optional<String> note(Path folder, int clips) {
        if (!Files.isDirectory(folder)) return Optional.empty();
        Set<String> own = IntStream.range(0, clips).mapToObj(EarlierFiles::number).collect(Collectors.toSet());
        List<String> left = Folders.list(folder).stream().map(entry -> entry.getFileName().toString())
                .filter(name -> NUMBERED.matcher(name).matches() && !own.contains(name.substring(0, name.indexOf('.'))))
                .toList();
        if (left.isEmpty()) return Optional.empty();
        String more = left.size() > NAMED ? " and " + (left.size() - NAMED) + " more" : "";
        return Optional.of(folder + ": " + String.join(", ", left.subList(0, Math.min(NAMED, left.size()))) + more
                + (left.size() == 1 ? " is" : " are") + " of an earlier run, and not of this one's " + clips
                + (clips == 1 ? " prompt" : " prompts"));
    }
}
