package dvdquant.models.text;

import org.jsoup.nodes.Entities;

import java.math.BigInteger;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Character references of HTML, in the two ways that the reference pipeline resolves them. Names are jsoup's table, which is that of the
 * standard, as Python's is.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state">HTML, character references</a>
 */
final class HtmlReferences {
    private static final Pattern ANY = Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
    private static final Pattern ENDED = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
    private static final String REPLACEMENT = "\ufffd";

    private HtmlReferences() {}

    /** As Python's {@code html.unescape}: those that HTML knows without a semicolon are found at the beginning of longer words, too. */
    static String resolve(String text) {
        return ANY.matcher(text).replaceAll(match -> Matcher.quoteReplacement(resolved(match.group(1))));
    }

    /** As ftfy's {@code unescape_html}: only those that a semicolon ends, but letters' names in capitals, too. */
    static String resolveEnded(String text) {
        return ENDED.matcher(text).replaceAll(match -> Matcher.quoteReplacement(ended(match)));
    }

    private static String ended(MatchResult match) {
        String reference = match.group();
        if (reference.startsWith("&#")) {
            String resolved = resolve(reference);
            return resolved.contains(";") ? reference : resolved;
        }
        String name = reference.substring(1, reference.length() - 1);
        return named(name).or(() -> capitals(reference, name)).orElse(reference);
    }

    /** {@code &EACUTE;} for É. */
    private static Optional<String> capitals(String reference, String name) {
        String small = name.toLowerCase(Locale.ROOT);
        boolean known = name.equals(name.toUpperCase(Locale.ROOT)) && resolve(reference).equals(reference);
        return known ? named(small).map(letter -> letter.toUpperCase(Locale.ROOT)) : Optional.empty();
    }

    /** @param reference without its {@code &} */
    private static String resolved(String reference) {
        if (reference.startsWith("#")) return character(reference);
        if (reference.endsWith(";")) {
            Optional<String> whole = named(reference.substring(0, reference.length() - 1));
            if (whole.isPresent()) return whole.get();
        }
        for (int end = reference.length(); end > 1; end--) {
            String name = reference.substring(0, end);
            if (Entities.isBaseNamedEntity(name)) return Entities.getByName(name) + reference.substring(end);
        }
        return "&" + reference;
    }

    private static Optional<String> named(String name) {
        return Entities.isNamedEntity(name) ? Optional.of(Entities.getByName(name)) : Optional.empty();
    }

    /** @param reference {@code #} and a number, decimal or, behind an x, hexadecimal; perhaps a semicolon */
    private static String character(String reference) {
        String number = reference.endsWith(";")
                ? reference.substring(1, reference.length() - 1)
                : reference.substring(1);
        boolean hexadecimal = number.charAt(0) == 'x' || number.charAt(0) == 'X';
        var value = hexadecimal ? new BigInteger(number.substring(1), 16) : new BigInteger(number);
        return value.bitLength() > 31 ? REPLACEMENT : character(value.intValue());
    }

    private static String character(int code) {
        if (code == 0 || code > Character.MAX_CODE_POINT || code >= 0xd800 && code < 0xe000) return REPLACEMENT;
        if (code >= 0x80 && code < 0xa0) return windows1252(code);
        return isNone(code) ? "" : Character.toString(code);
    }

    /** What the standard has for the control characters in its place; five of them are undefined there, and stay. */
    private static String windows1252(int code) {
        var decoded = new String(new byte[]{(byte) code}, WINDOWS_1252);
        return decoded.equals(REPLACEMENT) ? Character.toString(code) : decoded;
    }

    /** Control characters that are no white space, and what Unicode keeps free of characters. */
    private static boolean isNone(int code) {
        boolean control = code < 0x20 ? code != '\t' && code != '\n' && code != '\f' && code != '\r' : code == 0x7f;
        return control || code >= 0xfdd0 && code < 0xfdf0 || (code & 0xfffe) == 0xfffe;
    }
}
