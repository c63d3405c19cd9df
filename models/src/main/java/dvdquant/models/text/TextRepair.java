package dvdquant.models.text;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

import static java.util.Map.entry;

/**
 * Text as ftfy leaves it with its default settings: straight quotes, no ligatures, no full-width letters, no control characters, composed
 * (NFC), and decoded again where UTF-8 had been taken for another encoding. Of the last the frequent cases alone ({@link Mojibake}).
 *
 * @see <a href="https://ftfy.readthedocs.io/en/latest/config.html">ftfy, {@code TextFixerConfig}</a>
 */
final class TextRepair {
    private static final Pattern LINES = Pattern.compile("(?<=\n)");
    private static final Pattern SINGLE_QUOTES = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern DOUBLE_QUOTES = Pattern.compile("[\u201c-\u201f]");
    private static final Pattern WIDE = Pattern.compile("[\u3000\uff01-\uffef]");
    private static final Pattern LINE_BREAKS = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");
    /** Those of a terminal for colors and the like. */
    private static final Pattern ESCAPES = Pattern.compile("\u001b\\[[0-9;]*[a-zA-Z]");
    private static final Pattern CONTROL = Pattern
            .compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]");
    private static final Pattern LONE_SURROGATES = Pattern
            .compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]");
    private static final Map<String, String> LIGATURES = Map.ofEntries(entry("Ĳ", "IJ"), entry("ĳ", "ij"),
            entry("ŉ", "ʼn"), entry("Ǳ", "DZ"),
            entry("ǲ", "Dz"), entry("ǳ", "dz"), entry("Ǆ", "DŽ"), entry("ǅ", "Dž"), entry("ǆ", "dž"), entry("Ǉ", "LJ"),
            entry("ǈ", "Lj"), entry("ǉ", "lj"), entry("Ǌ", "NJ"), entry("ǋ", "Nj"), entry("ǌ", "nj"), entry("ﬀ", "ff"),
            entry("ﬁ", "fi"), entry("ﬂ", "fl"), entry("ﬃ", "ffi"), entry("ﬄ", "ffl"), entry("ﬅ", "ſt"),
            entry("ﬆ", "st"));
    private static final Pattern LIGATURE = Pattern.compile("[" + String.join("", LIGATURES.keySet()) + "]");

    private TextRepair() {}

    static String repair(String text) {
        var repaired = new StringBuilder();
        boolean markup = false; // from the first line that has a <, references may be meant as they stand
        for (String line : LINES.split(text, -1)) {
            markup = markup || line.contains("<");
            repaired.append(repaired(line, markup));
        }
        return repaired.toString();
    }

    /** Until nothing is left to repair: what one step brings to light is another's to mend. */
    private static String repaired(String line, boolean markup) {
        String last;
        String text = line;
        do {
            last = text;
            text = step(markup ? text : HtmlReferences.resolveEnded(text));
        } while (!text.equals(last));
        return text;
    }

    private static String step(String line) {
        String text = Mojibake.decoded(line);
        text = LIGATURE.matcher(text).replaceAll(match -> LIGATURES.get(match.group()));
        text = WIDE.matcher(text).replaceAll(match -> Normalizer.normalize(match.group(), Normalizer.Form.NFKC));
        text = SINGLE_QUOTES.matcher(DOUBLE_QUOTES.matcher(text).replaceAll("\"")).replaceAll("'");
        text = LINE_BREAKS.matcher(text).replaceAll("\n");
        text = LONE_SURROGATES.matcher(text).replaceAll("\ufffd");
        text = CONTROL.matcher(ESCAPES.matcher(text).replaceAll("")).replaceAll("");
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }
}
