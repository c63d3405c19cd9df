package dvdquant.models.text.token;

/** What a user is told of the end of a prompt that a model does not see. */
public final class CutPrompt {
    private static final int QUOTED_CHARACTERS = 200;

    private CutPrompt() {}

    /** @param tokens that the model takes */
    public static String warning(int tokens, String lost) {
        return "the prompt is longer than " + tokens + " tokens; its end was cut off: " + quoted(lost);
    }

    /** The beginning of it, if it is long. */
    public static String quoted(String lost) {
        return lost.length() <= QUOTED_CHARACTERS
                ? "\"" + lost + "\""
                : "\"" + lost.substring(0, QUOTED_CHARACTERS) + "…\"";
    }
}
