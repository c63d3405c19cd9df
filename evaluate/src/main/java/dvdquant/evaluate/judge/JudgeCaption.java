package dvdquant.evaluate.judge;

import dvdquant.core.InputException;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A caption of the demo world, taken apart: "a large red circle moves right on a plain navy background".
 *
 * @param text as it was given
 * @param answers that the judge should give
 */
public record JudgeCaption(String text, Map<Attribute, String> answers) {
    private static final Pattern FORM = Pattern.compile("a (\\S+) (\\S+) (\\S+) (.+) on a (\\S+) (\\S+) background");
    private static final String EXPECTED = "\"a SIZE COLOR SHAPE MOTION on a PATTERN COLOR background\"";

    public JudgeCaption {
        answers = Collections.unmodifiableMap(new EnumMap<>(answers));
    }

    /** @throws InputException if the caption is of another form, tells of two objects, or has a word that the judge does not know */
    public static JudgeCaption parse(String caption, JudgeQuestions questions) {
        if (caption.contains(" and a ")) {
            throw unreadable(caption, "tells of two objects, expected one: " + EXPECTED);
        }
        Matcher parts = FORM.matcher(caption.strip());
        if (!parts.matches()) throw unreadable(caption, "is not of the form " + EXPECTED);
        var answers = new EnumMap<Attribute, String>(Attribute.class);
        for (Attribute attribute : Attribute.values()) {
            String found = parts.group(1 + attribute.ordinal());
            List<String> known = questions.answers().get(attribute);
            if (!known.contains(found)) {
                throw unreadable(caption, "has the " + attribute.key() + " \"" + found + "\", expected one of "
                        + String.join(", ", known));
            }
            answers.put(attribute, found);
        }
        return new JudgeCaption(caption, answers);
    }

    private static InputException unreadable(String caption, String reason) {
        return new InputException("the judge cannot read \"" + caption + "\": it " + reason);
    }
}
