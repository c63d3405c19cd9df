package dvdquant.models.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * UTF-8 that was read as Windows-1252 or Latin-1, decoded again: {@code cafÃ©}, {@code itâ€™s}. What ftfy does for these two, where the
 * damage is beyond doubt: all that is not ASCII is UTF-8, several characters of it; or single characters are, of those that people do not
 * write (Ã, Â or Å before a sign, â before a € or a control character, ð before Ÿ, three signs that give a character of East Asia). What was
 * read as another encoding, or has lost bytes since, is left as it is.
 *
 * @see <a href="https://ftfy.readthedocs.io/en/latest/heuristic.html">ftfy, heuristics</a>
 */
final class Mojibake {
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
    /** What bytes 80 to BF are in Windows-1252; where it has nothing, and in Latin-1, they are control characters. */
    private static final String SIGN = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]";
    private static final int SEVERAL = 2;
    private static final Pattern SEQUENCES = Pattern.compile("(?<!" + SIGN + ")(?:[ÂÃÅ]" + SIGN + "|â[€\u0080]" + SIGN
            + "|â[‚„†\u0082\u0084\u0086ˆ‰Š‹Œ˜™šœ\u0098\u0099\u009a\u009c]" + SIGN + "|[ã-é]" + SIGN + "{2}|ï[¼½¿]"
            + SIGN
            + "|ð[Ÿ\u009f]" + SIGN + "{2})+");
    /** Within such sequences: a sign of its own, quoted or abbreviated, would do as well as a byte. */
    private static final Pattern DOUBTFUL = Pattern
            .compile("[Å][ ‘’“”–—…™®©«»°·]|[ã-é][‘’“”–—…™®©«»°·!?][‘’“”–—…™®©«»°·]");
    /** Control characters of Latin-1, which no one writes: signs of Windows-1252. */
    private static final Pattern CONTROLS = Pattern.compile("[\u0080-\u009f]");

    private Mojibake() {}

    static String decoded(String text) {
        String last;
        String now = text;
        do {
            last = now;
            now = step(last);
        } while (!now.equals(last));
        return CONTROLS.matcher(now).replaceAll(match -> windows1252((byte) match.group().charAt(0)));
    }

    private static String step(String text) {
        Optional<String> whole = utf8(text)
                .filter(decoded -> decoded.codePoints().filter(c -> c >= 0x80).count() >= SEVERAL);
        return whole
                .orElseGet(() -> SEQUENCES.matcher(text).replaceAll(match -> Matcher.quoteReplacement(decoded(match))));
    }

    private static String decoded(MatchResult match) {
        String sequence = match.group();
        return DOUBTFUL.matcher(sequence).matches() ? sequence : utf8(sequence).orElse(sequence);
    }

    /** What the bytes that were read as these characters are in UTF-8; empty if they are none. */
    private static Optional<String> utf8(String text) {
        var bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = text.charAt(i);
            bytes[i] = c < 0x100 ? (byte) c : String.valueOf(c).getBytes(WINDOWS_1252)[0];
            if (c >= 0x100 && bytes[i] >= 0) return Optional.empty(); // a question mark for what the encoding lacks
        }
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException _) {
            return Optional.empty();
        }
    }

    private static String windows1252(byte code) {
        var decoded = new String(new byte[]{code}, WINDOWS_1252);
        return decoded.equals("\ufffd") ? Character.toString(code & 0xff) : decoded;
    }
}
