package dvdquant.models.text;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class PromptCleaningTest {
    /** On the right is what Python's {@code html.unescape}, twice, and {@code re.sub(r"\s+", " ", …)} give. */
    static Stream<Arguments> prompts() {
        return Stream.of(Arguments.of("a red circle", "a red circle"),
                Arguments.of("  a\u00a0red \u3000 circle\u2028 ", "a red circle"),
                Arguments.of("a\u001cb\t\r\nc", "a b c"),
                Arguments.of("salt &amp; pepper", "salt & pepper"),
                Arguments.of("salt &amp;amp; pepper", "salt & pepper"),
                Arguments.of("&amp;amp;amp;", "&amp;"), Arguments.of("caf&eacute; &#233; &#xe9;", "café é é"),
                Arguments.of("a &lt;b&gt; &nbsp; c", "a <b> c"),
                Arguments.of("a & b &unknown; c", "a & b &unknown; c"));
    }

    @ParameterizedTest
    @MethodSource("prompts")
    void cleansAsTheReferenceDoes(String prompt, String expected) {
        assertThat(PromptCleaning.clean(prompt)).isEqualTo(expected);
    }
}
