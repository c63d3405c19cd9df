package dvdquant.evaluate.report;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * All that a report shows.
 *
 * @param variants the rows of the table, in the order in which they are shown; at most one is the reference
 * @param scenes every prompt that was run; those whose clips have files are shown, the others count in {@code clips.csv} only
 * @param tables further tables, such as paired differences or an ablation
 */
public record Report(Heading heading, List<Variant> variants, List<Scene> scenes, List<ReportTable> tables) {
    /**
     * @throws IllegalArgumentException if two variants share a label, two are references, or a clip names no variant
     */
    public Report {
        variants = List.copyOf(variants);
        scenes = List.copyOf(scenes);
        tables = List.copyOf(tables);
        Set<String> labels = new HashSet<>();
        for (Variant variant : variants) {
            if (!labels.add(variant.label())) {
                throw new IllegalArgumentException("two variants are called " + variant.label());
            }
        }
        if (variants.stream().filter(v -> v.standing() == Standing.REFERENCE).count() > 1) {
            throw new IllegalArgumentException("two variants are references");
        }
        for (Scene scene : scenes) {
            for (ClipResult clip : scene.clips()) {
                if (!labels.contains(clip.variant())) {
                    throw new IllegalArgumentException("a clip is of " + clip.variant() + ", which is no variant");
                }
            }
        }
    }

    /** The variant that the others are compared with. */
    public Optional<Variant> reference() {
        return variants.stream().filter(v -> v.standing() == Standing.REFERENCE).findFirst();
    }
}
