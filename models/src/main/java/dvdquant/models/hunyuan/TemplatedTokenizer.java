package dvdquant.models.hunyuan;

import dvdquant.models.text.token.CutPrompt;
import dvdquant.models.text.token.LlamaTokenizer;
import dvdquant.models.text.token.TokenizedText;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/** The language model's tokenizer, of prompts in their template. */
record TemplatedTokenizer(LlamaTokenizer tokenizer, PromptTemplate template) implements AutoCloseable {
    /** Tokens that the model takes of a prompt and what follows it in the template. */
    static final int MAX_TOKENS = 256;

    /** @throws dvdquant.core.InputException if the folder has no tokenizer, or it is not the template's */
    static TemplatedTokenizer open(Path folder, PromptTemplate template) {
        LlamaTokenizer tokenizer = LlamaTokenizer.open(folder);
        try {
            template.requireFits(tokenizer);
            return new TemplatedTokenizer(tokenizer, template);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * @param warnings of the end of the prompt that did not fit
     * @return token ids of the prompt in its template, at most {@link #MAX_TOKENS} behind those that are cut off
     */
    long[] encode(String prompt, Consumer<String> warnings) {
        TokenizedText tokens = tokenizer.encode(template.around(prompt));
        int most = template.crop() + MAX_TOKENS;
        if (tokens.ids().length <= most) return tokens.ids();
        String cut = tokens.from(most);
        String lost = cut.substring(0, Math.max(0, cut.length() - template.after().length())).strip();
        if (!lost.isEmpty()) warnings.accept(CutPrompt.warning(MAX_TOKENS, lost));
        return Arrays.copyOf(tokens.ids(), most);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
