package dvdquant.models.pipeline;

import dvdquant.core.InputException;
import dvdquant.models.text.PromptCleaning;

/**
 * What a clip shows.
 *
 * @param text of it
 * @param negative what to keep away from; used with guidance only
 */
public record Prompt(String text, String negative) {
    /**
     * Checks the text.
     *
     * @throws InputException if it is blank
     */
    public Prompt {
        if (PromptCleaning.clean(text).isEmpty()) {
            throw new InputException("the prompt is empty" + (text.isBlank() ? "" : " once it is cleaned")
                    + ", expected a description of the clip");
        }
    }

    /**
     * Without a negative prompt.
     *
     * @param text what the clip shows
     * @throws InputException if it is blank
     */
    public Prompt(String text) {
        this(text, "");
    }
}
