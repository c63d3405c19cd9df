package dvdquant.core.quantize;

import dvdquant.core.InputException;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Which linear layers of a component are quantized: those whose names match one of {@code include} and none of {@code exclude}. What
 * they are by default is the family's to say.
 *
 * @param include patterns for whole names
 * @param exclude patterns for whole names, which count for more
 * @param asked those of the patterns that a user gave: each must match a layer
 */
public record LayerSelection(List<Pattern> include, List<Pattern> exclude, List<Pattern> asked) {
    /** Copies the lists. */
    public LayerSelection {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
        asked = List.copyOf(asked);
    }

    /**
     * A regular expression for whole names of layers.
     *
     * @param text of it
     * @return compiled
     * @throws InputException if it is none
     */
    public static Pattern pattern(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new InputException("'" + text + "': not a regular expression: " + e.getDescription(), e);
        }
    }

    /**
     * A family's own.
     *
     * @param include regular expressions for whole names
     * @return that excludes nothing
     */
    public static LayerSelection of(String... include) {
        return new LayerSelection(Stream.of(include).map(Pattern::compile).toList(), List.of(), List.of());
    }

    /**
     * With patterns of the user's: given ones take the place of those to include.
     *
     * @param include patterns to take the place of those to include; empty: those stay
     * @param exclude patterns to take the place of those to exclude
     * @return whose every given pattern must match a layer
     */
    public LayerSelection with(List<Pattern> include, List<Pattern> exclude) {
        var asked = new ArrayList<>(include);
        asked.addAll(exclude);
        return new LayerSelection(include.isEmpty() ? this.include : include, exclude, asked);
    }

    /**
     * And those that a pattern matches, but for the excluded.
     *
     * @param also a pattern for whole names
     * @return a copy
     */
    public LayerSelection and(Pattern also) {
        var all = new ArrayList<>(include);
        all.add(also);
        return new LayerSelection(all, exclude, asked);
    }

    /**
     * Whether a layer is quantized.
     *
     * @param layer its name, without {@code .weight}
     * @return whether it is included and not excluded
     */
    public boolean selects(String layer) {
        return include.stream().anyMatch(pattern -> pattern.matcher(layer).matches())
                && exclude.stream().noneMatch(pattern -> pattern.matcher(layer).matches());
    }
}
