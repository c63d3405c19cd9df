package dvdquant.models.text.token;

import dvdquant.core.InputException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The tokenizer of a CLIP text model: {@code tokenizer.json}, or {@code vocab.json} and {@code merges.txt}. Padding is left out: the model's
 * attention is causal, so that what follows the end token changes nothing before it.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip">transformers, CLIPTokenizerFast</a>
 */
public final class ClipTokenizer implements AutoCloseable {
    /** Tokens that the models take, the one that begins a text and the one that ends it included. */
    public static final int MAX_TOKENS = 77;

    private final TokenizerFile tokenizer;

    private ClipTokenizer(TokenizerFile tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** @throws InputException if the folder has no tokenizer, or it cannot be read */
    public static ClipTokenizer open(Path folder) {
        boolean whole = Files.exists(folder.resolve(TokenizerFile.NAME));
        return new ClipTokenizer(whole ? TokenizerFile.open(folder) : ClipFiles.open(folder));
    }

    /**
     * @param lost told the end of the prompt that did not fit, if it is longer than {@link #MAX_TOKENS}
     * @return token ids, at most {@link #MAX_TOKENS}, the last one the end token; without padding
     */
    public long[] encode(String prompt, Consumer<String> lost) {
        return tokenizer.encode(prompt).withEnd(MAX_TOKENS, lost);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
