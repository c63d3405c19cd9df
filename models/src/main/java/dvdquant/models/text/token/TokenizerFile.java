package dvdquant.models.text.token;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dvdquant.core.InputException;
import dvdquant.core.io.GitLfs;
import dvdquant.core.io.Reasons;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A tokenizer of Hugging Face's library, which reads {@code tokenizer.json}. Neither cuts nor pads. */
final class TokenizerFile implements AutoCloseable {
    static final String NAME = "tokenizer.json";
    private static final Map<String, String> WHOLE = Map.of("addSpecialTokens", "true", "padding", "false",
            "truncation", "false");

    private final Path file;
    private final HuggingFaceTokenizer tokenizer;

    private TokenizerFile(Path file, HuggingFaceTokenizer tokenizer) {
        this.file = file;
        this.tokenizer = tokenizer;
    }

    /** @throws InputException if the folder has no {@code tokenizer.json}, or it cannot be read */
    static TokenizerFile open(Path folder) {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file))
            throw new InputException(file + ": no such file, expected the model's tokenizer");
        if (GitLfs.isPointer(file)) throw new InputException(file + " " + GitLfs.REASON);
        return open(file, () -> Files.newInputStream(file));
    }

    /**
     * One that was made of other files.
     *
     * @param json as {@code tokenizer.json} would hold it
     * @param file that messages name
     */
    static TokenizerFile of(String json, Path file) {
        return open(file, () -> new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    private interface Source {
        InputStream open() throws IOException;
    }

    private static TokenizerFile open(Path file, Source source) {
        // Only the file given is read: without "offline" the library would look for CUDA builds of itself on the network.
        System.setProperty("ai.djl.offline", "true");
        try (InputStream json = source.open()) {
            TokenizerLibrary.removeUnlessWhole();
            return new TokenizerFile(file, HuggingFaceTokenizer.newInstance(json, WHOLE));
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

    /** The file that messages name. */
    Path file() {
        return file;
    }

    /** With the special tokens that the file says to add. */
    TokenizedText encode(String text) {
        Encoding encoding = tokenizer.encode(text);
        return TokenizedText.of(text, encoding);
    }

    /**
     * The id of a token, by its text.
     *
     * @throws InputException if that is not one token
     */
    long id(String token) {
        long[] ids = tokenizer.encode(token, false, false).getIds();
        if (ids.length == 1) return ids[0];
        throw new InputException(file + ": \"" + token + "\" is " + ids.length
                + " tokens, expected one: the folder's tokenizer_config.json names it as a special token");
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
