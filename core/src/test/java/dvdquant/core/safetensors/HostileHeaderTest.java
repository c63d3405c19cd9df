package dvdquant.core.safetensors;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;

import static dvdquant.core.safetensors.RawFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class HostileHeaderTest {
    private static final String OK = entry("a", "U8", "[4]", 0, 4);

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}")
    @MethodSource({"lengths", "jsons", "entries", "layouts"})
    void isRefusedWithAReason(String kind, byte[] bytes, String reason) {
        Path path = RawFile.write(folder.resolve("model.safetensors"), bytes);
        Throwable thrown = catchThrowable(() -> SafetensorsFile.open(path).close());
        assertThat(thrown).as(kind).isExactlyInstanceOf(SafetensorsException.class).hasMessageStartingWith(path + ": ")
                .hasMessageContaining(reason).message().doesNotContain("\n", "[Source").hasSizeLessThan(800);
        assertThat(((SafetensorsException) thrown).path()).isEqualTo(path);
        assertThat(((SafetensorsException) thrown).offset()).isBetween(-1L, (long) bytes.length);
    }

    private static Arguments raw(String kind, byte[] bytes, String reason) {
        return arguments(kind, bytes, reason);
    }

    /** With four bytes of data. */
    private static Arguments header(String kind, String header, String reason) {
        return arguments(kind, RawFile.of(header, 4), reason);
    }

    private static Arguments tensor(String kind, String value, String reason) {
        return header(kind, "{\"a\":" + value + "}", reason);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static Stream<Arguments> lengths() {
        byte[] header = ascii("{}");
        return Stream.of(raw("empty file", new byte[0], "ends at byte 0"),
                raw("seven bytes", new byte[7], "ends at byte 7, inside the 8-byte header length"),
                raw("length zero", RawFile.of("", 4), "does not begin with '{' at byte 8"),
                raw("length 2^63", RawFile.withLength(Long.MIN_VALUE, header, 0),
                        "9223372036854775808, above the limit"),
                raw("length 2^64 - 1", RawFile.withLength(-1, header, 0), "18446744073709551615, above the limit"),
                raw("length 2^63 - 1", RawFile.withLength(Long.MAX_VALUE, header, 0),
                        "9223372036854775807, above the limit"),
                raw("length above the limit", RawFile.withLength(100_000_001, header, 0), "100000001, above the limit"),
                raw("length past the end", RawFile.withLength(3, header, 0),
                        "ends at byte 11, past the end of the file (10 bytes)"),
                raw("length too short", RawFile.withLength(1, header, 0), "not valid JSON at byte 9"));
    }

    static Stream<Arguments> jsons() {
        byte[] badUtf8 = ascii("{\"?\":0}");
        badUtf8[2] = (byte) 0xFF;
        byte[] overlong = ascii("{\"??\":0}");
        overlong[2] = (byte) 0xC0;
        overlong[3] = (byte) 0x80;
        byte[] cut = ascii("{\"a?");
        cut[3] = (byte) 0xE2;
        return Stream.of(header("array", "[" + OK + "]", "does not begin with '{'"),
                header("space first", " {" + OK + "}", "does not begin with '{'"),
                header("byte order mark", "\uFEFF{" + OK + "}", "does not begin with '{'"),
                raw("UTF-16", RawFile.of("{}".getBytes(StandardCharsets.UTF_16LE), 0), "not valid JSON at byte 9"),
                raw("bad UTF-8", RawFile.of(badUtf8, 0), "not valid UTF-8 at byte 10"),
                raw("overlong UTF-8", RawFile.of(overlong, 0), "not valid UTF-8 at byte 10"),
                raw("cut UTF-8", RawFile.of(cut, 0), "not valid UTF-8 at byte 11"),
                header("upper surrogate alone", "{" + entry("\\ud83d", "U8", "[4]", 0, 4) + "}",
                        "Broken surrogate pair"),
                header("lower surrogate alone", "{" + entry("\\ude00", "U8", "[4]", 0, 4) + "}", "surrogate"),
                header("surrogate alone in metadata", "{\"__metadata__\":{\"k\":\"\\ud83d\"}," + OK + "}",
                        "surrogate"),
                header("not closed", "{" + OK, "not valid JSON"),
                header("comma at the end", "{" + OK + ",}", "not valid JSON"),
                header("comment", "{/**/" + OK + "}", "not valid JSON"),
                header("single quotes", "{'a':0}", "not valid JSON"),
                header("control character", "{\"a\u0001\":0}", "not valid JSON"),
                header("NUL padding", "{" + OK + "}\0\0", "not valid JSON"),
                header("second value", "{" + OK + "}{}", "nothing after its JSON object"),
                header("duplicate tensor", "{" + OK + "," + OK + "}", "Duplicate"),
                header("duplicate tensor, escaped", "{" + OK + ",\"\\u0061\":{}}", "Duplicate"),
                header("duplicate metadata", "{\"__metadata__\":{},\"__metadata__\":{}," + OK + "}", "Duplicate"),
                header("metadata key twice", "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}," + OK + "}", "Duplicate"),
                header("metadata number", "{\"__metadata__\":{\"k\":1}," + OK + "}", "a text for __metadata__ 'k'"),
                header("metadata list", "{\"__metadata__\":[]," + OK + "}", "an object of texts for __metadata__"),
                header("metadata null", "{\"__metadata__\":{\"k\":null}}", "a text for __metadata__ 'k'"),
                header("metadata nested", "{\"__metadata__\":{\"k\":{}}}", "a text for __metadata__ 'k'"));
    }

    static Stream<Arguments> entries() {
        String shape = "{\"dtype\":\"U8\",\"data_offsets\":[0,4],\"shape\":";
        String offsets = "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":";
        return Stream.of(tensor("tensor is a number", "1", "an object for tensor 'a'"),
                tensor("tensor is nested lists", "[[[[[[", "an object for tensor 'a'"),
                tensor("no dtype", "{\"shape\":[4],\"data_offsets\":[0,4]}", "tensor 'a' has no dtype"),
                tensor("no shape", "{\"dtype\":\"U8\",\"data_offsets\":[0,4]}", "tensor 'a' has no shape"),
                tensor("no offsets", "{\"dtype\":\"U8\",\"shape\":[4]}", "tensor 'a' does not have two data_offsets"),
                tensor("unknown key", "{\"stride\":[1]}", "tensor 'a' has the unknown key 'stride'"),
                tensor("dtype twice", "{\"dtype\":\"U8\",\"dtype\":\"U8\"}", "Duplicate"),
                tensor("unknown dtype", "{\"dtype\":\"F8_E5M2\"}",
                        "tensor 'a' has dtype 'F8_E5M2', expected one of [BOOL, U8,"),
                tensor("dtype in small letters", "{\"dtype\":\"bf16\"}", "tensor 'a' has dtype 'bf16'"),
                tensor("dtype number", "{\"dtype\":3}", "a dtype for tensor 'a'"),
                tensor("negative size", shape + "[-4]}", "non-negative integers for tensor 'a', but has '-4' at byte"),
                tensor("negative zero", shape + "[-0]}", "non-negative integers for tensor 'a'"),
                tensor("float size", shape + "[4.0]}", "non-negative integers for tensor 'a', but has '4.0'"),
                tensor("exponent size", shape + "[4e0]}", "non-negative integers for tensor 'a'"),
                tensor("text size", shape + "[\"4\"]}", "non-negative integers for tensor 'a'"),
                tensor("nested shape", shape + "[[4]]}", "non-negative integers for tensor 'a'"),
                tensor("null shape", shape + "null}", "non-negative integers for tensor 'a'"),
                tensor("NaN size", shape + "[NaN]}", "not valid JSON"),
                tensor("Infinity", shape + "[Infinity]}", "not valid JSON"),
                tensor("leading zero", shape + "[04]}", "not valid JSON"),
                tensor("size 2^63", shape + "[9223372036854775808]}", "non-negative integers for tensor 'a'"),
                tensor("size of a hundred digits", shape + "[" + "9".repeat(100) + "]}", "not valid JSON"),
                tensor("elements overflow", shape + "[4294967296,4294967296]}",
                        "tensor 'a' has more than 2^63 elements"),
                tensor("rank 65", shape + "[" + "1,".repeat(64) + "4]}", "at most 64"),
                tensor("one offset", offsets + "[4]}", "tensor 'a' does not have two data_offsets"),
                tensor("three offsets", offsets + "[0,4,4]}", "two non-negative integers for tensor 'a'"),
                tensor("float offset", offsets + "[0,4.5]}", "two non-negative integers for tensor 'a'"),
                tensor("negative offset", offsets + "[-1,4]}", "two non-negative integers for tensor 'a'"),
                tensor("text offset", offsets + "[0,\"4\"]}", "two non-negative integers for tensor 'a'"));
    }

    static Stream<Arguments> layouts() {
        long huge = Long.MAX_VALUE;
        return Stream.of(
                header("end before begin", "{" + entry("a", "U8", "[4]", 4, 0) + "}",
                        "tensor 'a' begins at byte 65, after its end at byte 61"),
                header("past the end", "{" + entry("a", "U8", "[5]", 0, 5) + "}",
                        "tensor 'a' ends at byte 66, past the end of the file (65 bytes)"),
                header("far past the end", "{" + entry("a", "U8", "[" + huge + "]", 0, huge) + "}",
                        "past the end of the file"),
                header("begin and end far away", "{" + entry("a", "U8", "[0]", huge, huge) + "}",
                        "past the end of the file"),
                header("too few bytes", "{" + entry("a", "F32", "[2]", 0, 4) + "}",
                        "tensor 'a' has 4 bytes at byte 62, expected 2 elements of 4"),
                header("too many bytes", "{" + entry("a", "U8", "[3]", 0, 4) + "}",
                        "expected 3 elements of 1 bytes, by its shape [3]"),
                header("bytes overflow", "{" + entry("a", "I64", "[2305843009213693952]", 0, 0) + "}",
                        "tensor 'a' has 0 bytes"),
                header("half an element", "{" + entry("a", "F16", "[1]", 0, 3) + "}", "tensor 'a' has 3 bytes"),
                header("overlap", "{" + entry("a", "U8", "[3]", 0, 3) + "," + entry("b", "U8", "[2]", 2, 4) + "}",
                        "tensor 'b' begins at byte 115, inside another tensor, which ends at byte 116"),
                header("same place", "{" + OK + "," + entry("b", "U8", "[4]", 0, 4) + "}", "inside another tensor"),
                header("empty tensor inside another", "{" + OK + "," + entry("b", "U8", "[0]", 2, 2) + "}",
                        "inside another tensor"),
                header("hole in front", "{" + entry("a", "U8", "[3]", 1, 4) + "}",
                        "the bytes between belong to no tensor"),
                header("hole between", "{" + entry("a", "U8", "[1]", 0, 1) + "," + entry("b", "U8", "[2]", 2, 4) + "}",
                        "the bytes between belong to no tensor"),
                header("rest at the end", "{" + entry("a", "U8", "[3]", 0, 3) + "}",
                        "expected the end of the file (65 bytes)"),
                header("data without tensors", "{}",
                        "the last tensor ends at byte 10, expected the end of the file (14 bytes)"),
                header("terminal escapes in a name", "{" + entry("\\u001b[31m\\u202e", "U8", "[5]", 0, 5) + "}",
                        "tensor '\uFFFD[31m\uFFFD'"));
    }
}
