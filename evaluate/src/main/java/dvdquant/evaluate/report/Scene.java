package dvdquant.evaluate.report;

import java.util.List;
import java.util.Optional;

/**
 * A prompt with what each variant made of it, from the same noise.
 *
 * @param stills what the clips begin and end with, where the prompt has pictures
 */
public record Scene(String prompt, long seed, List<Still> stills, List<ClipResult> clips) {
    public Scene {
        stills = List.copyOf(stills);
        clips = List.copyOf(clips);
    }

    /** Of a text alone. */
    public Scene(String prompt, long seed, List<ClipResult> clips) {
        this(prompt, seed, List.of(), clips);
    }

    /** The picture of that {@linkplain Still#key() key}, if there is one. */
    public Optional<Still> still(String key) {
        return stills.stream().filter(still -> still.key().equals(key)).findFirst();
    }

    /** Whether there is something to play. */
    public boolean hasFiles() {
        return clips.stream().anyMatch(clip -> clip.file().isPresent());
    }
}
