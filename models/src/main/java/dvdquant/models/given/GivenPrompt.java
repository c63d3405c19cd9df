package dvdquant.models.given;

import dvdquant.models.pipeline.Prompt;

/** What a clip is to show: a text, and pictures where there are any. */
public record GivenPrompt(String text, GivenImages images) {
    /** Of a text alone. */
    public GivenPrompt(String text) {
        this(text, GivenImages.NONE);
    }

    /**
     * As a model takes it, without a negative prompt.
     *
     * @throws dvdquant.core.InputException if the text is blank
     */
    public Prompt prompt() {
        return new Prompt(text).withImages(images.prompt());
    }
}
