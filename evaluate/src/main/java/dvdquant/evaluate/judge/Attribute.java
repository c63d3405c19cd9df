package dvdquant.evaluate.judge;

import java.util.Locale;

/** What the judge is asked about a clip, in the order in which a caption says it. */
public enum Attribute {
    SIZE,
    COLOR,
    SHAPE,
    MOTION,
    PATTERN,
    BACKGROUND;

    /** In {@code judge.json}, and for people: "size", "color", … */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
