package dvdquant.models.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dvdquant.core.InputException;
import dvdquant.core.io.GitLfs;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;

/** The tokenizer of a model folder, {@code tokenizer/tokenizer.json}. */
public final class PromptTokenizer implements AutoCloseable {
    /** Tokens that the models take, the final {@code </s>} included. */
    public static final int MAX_TOKENS = 512;

    private final HuggingFaceTokenizer tokenizer;

    private PromptTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** @throws InputException if the folder has no {@code tokenizer.json}, or it cannot be read */
    public static PromptTokenizer open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file))
            throw new InputException(file + ": no such file, expected the model's tokenizer");
        if (GitLfs.isPointer(file)) throw new InputException(file + " " + GitLfs.REASON);
        try {
            // Only the file given is read: without "offline" the library would look for CUDA builds of itself on the network.
            System.setProperty("ai.djl.offline", "true");
            TokenizerLibrary.removeUnlessWhole();
            return new PromptTokenizer(HuggingFaceTokenizer.newInstance(file,
                    Map.of("addSpecialTokens", "true", "padding", "false", "truncation", "false")));
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e), e);
        } catch (InputException e) {
            throw e;
        } catch (EngineException e) { // of the first tokenizer that is opened: its library is unpacked then
            throw new InputException("the tokenizers' native library cannot be used: "
                    + Reasons.innermost(e), e);
        } catch (RuntimeException e) {
            throw new InputException(file + ": not a tokenizer: " + Reasons.innermost(e), e);
        }
    }

    /**
     * Cleans and tokenizes a prompt.
     *
     * @param lost told the end of the prompt that did not fit, if it is longer than {@link #MAX_TOKENS}
     * @return token ids, at most {@link #MAX_TOKENS}, the last one {@code </s>}; without padding
     */
    public long[] encode(String prompt, Consumer<String> lost) {
        String text = PromptCleaning.clean(prompt);
        Encoding encoding = tokenizer.encode(text);
        long[] ids = encoding.getIds();
        if (ids.length <= MAX_TOKENS) return ids;
        var cut = encoding.getCharTokenSpans()[MAX_TOKENS - 1];
        int start = cut == null ? text.length() : text.offsetByCodePoints(0, cut.getStart());
        lost.accept(text.substring(start).strip());
        long[] kept = Arrays.copyOf(ids, MAX_TOKENS);
        kept[MAX_TOKENS - 1] = ids[ids.length - 1];
        return kept;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
