package dvdquant.models.text;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class PromptCleaningTest {
    /** Of {@code golden_prompts.py}: the reference's own answers. */
    static Stream<Arguments> golden() throws IOException {
        try (var json = PromptCleaningTest.class.getResourceAsStream("/golden/golden_prompts.json")) {
            return JsonMapper.shared().readTree(json).valueStream()
                    .map(pair -> Arguments.of(pair.get(0).asString(), pair.get(1).asString()));
        }
    }

    @ParameterizedTest
    @MethodSource("golden")
    void cleansAsTheReferenceDoes(String prompt, String expected) {
        assertThat(PromptCleaning.clean(prompt)).isEqualTo(expected);
    }

    static Stream<Arguments> whiteSpace() {
        return Stream.of(Arguments.of("  a\u00a0red \u3000 circle\u2028 ", "a red circle"),
                Arguments.of("a\u001cb\t\r\nc", "ab c"), Arguments.of("salt &amp;amp; pepper", "salt & pepper"),
                Arguments.of("caf&eacute; &#233; &#xe9;", "café é é"), Arguments.of("", ""), Arguments.of(" \n ", ""),
                Arguments.of("one \ud83d half", "one \ufffd half"));
    }

    @ParameterizedTest
    @MethodSource("whiteSpace")
    void whiteSpaceIsOneSpace(String prompt, String expected) {
        assertThat(PromptCleaning.clean(prompt)).isEqualTo(expected);
    }

    /** Limits: the reference mends these, too. A test of theirs, so that they are known. */
    @ParameterizedTest
    @CsvSource({"voilÃ le travail, voilÃ le travail", "eÌtoile, eÌtoile"})
    void whatHasLostBytesOrIsOneRareCharacterStays(String prompt, String expected) {
        assertThat(PromptCleaning.clean(prompt)).isEqualTo(expected);
    }
}
