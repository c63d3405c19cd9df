package dvdquant.app.generate;

import dvdquant.app.text.ProgressPrinter;
import dvdquant.core.InputException;
import dvdquant.models.pipeline.Latents;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;

/**
 * Sampled latents on disk. Where they cannot be written, for want of space, another place is tried, and if there is none the run goes on all
 * the same: what was sampled is in memory still.
 *
 * @param place where they are; empty: nowhere
 * @param failure why they are not where they were asked for; empty if they are, or nothing was asked
 */
record KeptLatents(Optional<Path> place, Optional<InputException> failure) {
    /**
     * @param clip beside which they are kept, or else in the folder for temporary files
     * @param saved where they were asked for; null: nowhere
     */
    static KeptLatents keep(Latents latents, Map<String, String> metadata, Path clip, Path saved,
            ProgressPrinter progress) {
        var places = new LinkedHashSet<Path>();
        if (saved != null) places.add(saved);
        places.add(ClipWriter.freeBeside(clip));
        places.add(ClipWriter.freeBeside(Path.of(System.getProperty("java.io.tmpdir")).resolve(clip.getFileName())));
        Optional<InputException> failure = Optional.empty();
        for (Path place : places) {
            try {
                latents.write(place, metadata);
                return new KeptLatents(Optional.of(place), failure);
            } catch (InputException e) {
                progress.onWarning(e.getMessage() + "; the sampled latents are in memory, and the run goes on");
                if (place.equals(saved)) failure = Optional.of(e);
            }
        }
        return new KeptLatents(Optional.empty(), failure);
    }

    /** @throws InputException if they are not where they were asked for */
    void requireSaved() {
        failure.ifPresent(e -> {
            String where = place.map(path -> "; they are in " + path).orElse("");
            throw new InputException(e.getMessage() + ": the clip is written, the latents are not saved there" + where,
                    e);
        });
    }
}
