package dvdquant.core.safetensors;

import dvdquant.core.json.JsonErrors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Untrusted JSON, read token by token: strict UTF-8, no duplicate keys, bounded strings, numbers and nesting, and every failure a
 * {@link SafetensorsException} that names the byte.
 */
final class JsonSource implements AutoCloseable {
    private static final int MAX_STRING_CHARS = 16 << 20;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            // Detection would read a header with a zero byte as UTF-16.
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION).enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).maxNumberLength(64)
                    .maxStringLength(MAX_STRING_CHARS).maxNameLength(1 << 16).build())
            .build();

    private final Path file;
    private final String subject;
    private final long start;
    private final JsonParser parser;
    private String ownerKind = "";
    private String ownerName;

    /**
     * @param subject what the JSON is, for messages: "the header"
     * @param start where in {@code file} the JSON begins
     */
    JsonSource(Path file, String subject, byte[] json, long start) {
        this.file = file;
        this.subject = subject;
        this.start = start;
        requireUtf8(json);
        this.parser = FACTORY.createParser(ObjectReadContext.empty(), json);
    }

    // Jackson decodes leniently (overlong forms, halves of surrogate pairs).
    private void requireUtf8(byte[] json) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(json);
        CharBuffer out = CharBuffer.allocate(Math.clamp(json.length, 1, 1 << 13));
        CoderResult result;
        do {
            out.clear();
            result = decoder.decode(in, out, true);
        } while (result.isOverflow());
        if (result.isError()) {
            long offset = start + in.position();
            throw new SafetensorsException(file, offset, subject + " is not valid UTF-8 at byte " + offset);
        }
    }

    /** Names what the tokens from here on belong to, for messages, which are put together only if there is something to say. */
    void enter(String kind, String name) {
        ownerKind = kind;
        ownerName = name;
    }

    void leave() {
        ownerName = null;
    }

    private String owner() {
        return ownerKind + " " + Names.quoted(ownerName);
    }

    /** The next token; null at the end. */
    JsonToken next() {
        try {
            return parser.nextToken();
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    void expect(JsonToken expected, String what) {
        if (next() != expected) throw unexpected(what);
    }

    String string(String what) {
        if (next() != JsonToken.VALUE_STRING) throw unexpected(what);
        return text();
    }

    /** The text of the current string or the name of the current key. */
    String text() {
        String text;
        try {
            text = parser.getString();
        } catch (JacksonException e) {
            throw malformed(e);
        }
        if (!Names.isValidUnicode(text)) {
            throw failureAt(subject + " has half a surrogate pair in " + Names.quoted(text));
        }
        return text;
    }

    /** The current token as an integer from 0 to 2⁶³ − 1. */
    long count(String what) {
        try {
            if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT && parser.getString().charAt(0) != '-'
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                return parser.getLongValue();
            }
        } catch (JacksonException e) {
            throw malformed(e);
        }
        throw unexpected(what);
    }

    /** Skips the value of the current key. */
    void skipValue() {
        try {
            parser.nextToken();
            parser.skipChildren();
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    SafetensorsException unexpected(String what) {
        JsonToken token = parser.currentToken();
        String found = switch (token) {
            case null -> "the end";
            case START_OBJECT, END_OBJECT, START_ARRAY, END_ARRAY -> "'" + token.asString() + "'";
            case VALUE_STRING -> "the text " + Names.quoted(text());
            default -> Names.quoted(parser.getString());
        };
        String expected = ownerName == null ? what : what + " for " + owner();
        return failureAt(subject + " should have " + expected + ", but has " + found);
    }

    /** A failure at the current token; what it belongs to goes in front of the sentence, the byte behind it. */
    SafetensorsException failure(String reason) {
        return failureAt((ownerName == null ? subject : owner()) + " " + reason);
    }

    private SafetensorsException failureAt(String reason) {
        long offset = start + Math.max(0, parser.currentTokenLocation().getByteOffset());
        return new SafetensorsException(file, offset, reason + " at byte " + offset);
    }

    private SafetensorsException malformed(JacksonException e) {
        TokenStreamLocation location = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
        long offset = start + Math.max(0, location.getByteOffset());
        return new SafetensorsException(file, offset,
                subject + " is not valid JSON at byte " + offset + ": " + JsonErrors.detail(e),
                e);
    }

    @Override
    public void close() {
        parser.close();
    }
}
