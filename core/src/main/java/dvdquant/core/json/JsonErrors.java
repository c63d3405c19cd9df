package dvdquant.core.json;

import tools.jackson.core.JacksonException;

/** What is wrong with JSON, in words for people. */
public final class JsonErrors {
    private static final int LONGEST = 200;

    private JsonErrors() {}

    /**
     * Without what Jackson appends: its own idea of the place, in characters and without the file.
     *
     * @param e of Jackson's parser or mapper
     * @return a part of a sentence
     */
    public static String detail(JacksonException e) {
        String detail = e.getOriginalMessage().replaceAll("(?s)\\s*\\((start marker )?at \\[Source.*|\\R.*", "");
        return detail.length() <= LONGEST ? detail : detail.substring(0, LONGEST) + "…";
    }
}
