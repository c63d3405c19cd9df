package dvdquant.models.text.token;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A text in tokens, without padding.
 *
 * @param ids of the tokens
 * @param starts of each token in the text, in code points; of one that the tokenizer adds, either end of the text
 */
public record TokenizedText(String text, long[] ids, int[] starts) {
    static TokenizedText of(String text, Encoding encoding) {
        CharSpan[] spans = encoding.getCharTokenSpans();
        int end = text.codePointCount(0, text.length());
        int[] starts = Arrays.stream(spans).mapToInt(span -> span == null ? end : span.getStart()).toArray();
        return new TokenizedText(text, encoding.getIds(), starts);
    }

    /** The same with a token before it that stands for nothing of the text. */
    TokenizedText after(long id) {
        var more = new long[ids.length + 1];
        var moved = new int[more.length];
        more[0] = id;
        System.arraycopy(ids, 0, more, 1, ids.length);
        System.arraycopy(starts, 0, moved, 1, starts.length);
        return new TokenizedText(text, more, moved);
    }

    /** What of the text begins with a token and goes on behind it. */
    public String from(int token) {
        return text.substring(text.offsetByCodePoints(0, starts[token]));
    }

    /**
     * The first ids, and the last of all as the last: what a tokenizer ends a text with stays.
     *
     * @param most ids
     * @param lost told the end of the text that did not fit, if one did not
     */
    long[] withEnd(int most, Consumer<String> lost) {
        if (ids.length <= most) return ids;
        lost.accept(from(most - 1).strip());
        long[] kept = Arrays.copyOf(ids, most);
        kept[most - 1] = ids[ids.length - 1];
        return kept;
    }
}
