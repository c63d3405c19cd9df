package dvdquant.models.pipeline;

import dvdquant.core.InputException;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.text.PromptCleaning;

/**
 * What a clip shows.
 *
 * @param text of it
 * @param negative what to keep away from; used with guidance only
 * @param images that it begins and ends with
 */
public record Prompt(String text, String negative, ImagePrompt images) {
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
     * Without pictures.
     *
     * @param text what the clip shows
     * @param negative what to keep away from
     * @throws InputException if the text is blank
     */
    public Prompt(String text, String negative) {
        this(text, negative, ImagePrompt.NONE);
    }

    /**
     * Without a negative prompt, and without pictures.
     *
     * @param text what the clip shows
     * @throws InputException if it is blank
     */
    public Prompt(String text) {
        this(text, "");
    }

    /**
     * The same with another negative prompt.
     *
     * @param of what to keep away from
     * @return a copy
     */
    public Prompt withNegative(String of) {
        return new Prompt(text, of, images);
    }

    /**
     * The same with other pictures.
     *
     * @param of the clip
     * @return a copy
     */
    public Prompt withImages(ImagePrompt of) {
        return new Prompt(text, negative, of);
    }
}
