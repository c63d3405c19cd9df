package dvdquant.models.text.token;

import dvdquant.core.InputException;
import dvdquant.models.text.PromptCleaning;

import java.nio.file.Path;
import java.util.function.Consumer;

/** The tokenizer of a UMT5 encoder, {@code tokenizer/tokenizer.json}. */
public final class PromptTokenizer implements AutoCloseable {
    /** Tokens that the models take, the final {@code </s>} included. */
    public static final int MAX_TOKENS = 512;

    private final TokenizerFile tokenizer;

    private PromptTokenizer(TokenizerFile tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** @throws InputException if the folder has no {@code tokenizer.json}, or it cannot be read */
    public static PromptTokenizer open(Path folder) {
        return new PromptTokenizer(TokenizerFile.open(folder));
    }

    /**
     * Cleans and tokenizes a prompt.
     *
     * @param lost told the end of the prompt that did not fit, if it is longer than {@link #MAX_TOKENS}
     * @return token ids, at most {@link #MAX_TOKENS}, the last one {@code </s>}; without padding
     */
    public long[] encode(String prompt, Consumer<String> lost) {
        return tokenizer.encode(PromptCleaning.clean(prompt)).withEnd(MAX_TOKENS, lost);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
