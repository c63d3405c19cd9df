package dvdquant.models.text.token;

import dvdquant.core.InputException;

import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The tokenizer of a Llama model, {@code tokenizer.json}. A text begins with the token {@code bos_token} of {@code tokenizer_config.json},
 * which not every {@code tokenizer.json} adds of its own: transformers' class for it does.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama">transformers, LlamaTokenizerFast</a>
 */
public final class LlamaTokenizer implements AutoCloseable {
    private final TokenizerFile tokenizer;
    /** Of the token that is to be added. */
    private final OptionalLong begin;

    private LlamaTokenizer(TokenizerFile tokenizer, OptionalLong begin) {
        this.tokenizer = tokenizer;
        this.begin = begin;
    }

    /** @throws InputException if the folder has no {@code tokenizer.json}, or it cannot be read */
    public static LlamaTokenizer open(Path folder) {
        TokenizerFile tokenizer = TokenizerFile.open(folder);
        try {
            return new LlamaTokenizer(tokenizer, begin(tokenizer, SpecialTokens.read(folder)));
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private static OptionalLong begin(TokenizerFile tokenizer, SpecialTokens special) {
        boolean added = tokenizer.encode("").ids().length > 0;
        if (added || !special.flag("add_bos_token", true)) return OptionalLong.empty();
        return special.named("bos_token").map(tokenizer::id).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /** The file that messages name. */
    public Path file() {
        return tokenizer.file();
    }

    /** The text as it is, with special tokens that are written in it taken for such; the token that begins it is the first. */
    public TokenizedText encode(String text) {
        TokenizedText tokens = tokenizer.encode(text);
        return begin.isPresent() ? tokens.after(begin.getAsLong()) : tokens;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
