package dvdquant.evaluate.report;

import java.util.List;

/** A prompt with what each variant made of it, from the same noise. */
public record Scene(String prompt, long seed, List<ClipResult> clips) {
    public Scene {
        clips = List.copyOf(clips);
    }

    /** Whether there is something to play. */
    public boolean hasFiles() {
        return clips.stream().anyMatch(clip -> clip.file().isPresent());
    }
}
