package dvdquant.models.text;

import java.util.regex.Pattern;

/**
 * Prompts as the reference pipeline cleans them before it tokenizes: what is wrong with the text is repaired, HTML references are resolved,
 * twice, and white space is collapsed and trimmed.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan.py">diffusers,
 *      {@code prompt_clean}</a>
 */
public final class PromptCleaning {
    /** What Python's regular expressions take for white space. */
    private static final Pattern WHITE_SPACE = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    private PromptCleaning() {}

    /** What the tokenizer is given: two prompts are the same one if these are equal. */
    public static String clean(String prompt) {
        String text = HtmlReferences.resolve(HtmlReferences.resolve(TextRepair.repair(prompt)));
        String collapsed = WHITE_SPACE.matcher(text).replaceAll(" ");
        return collapsed.strip();
    }
}
