package dvdquant.models.text.token;

import dvdquant.core.InputException;
import dvdquant.models.testing.Golden;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ClipTokenizerTest {
    private static final long START = 651;
    private static final long END = 652;
    private static final Path DEMO = Golden.HUNYUAN_VIDEO.resolve("tokenizer_2");

    @TempDir
    private Path folder;

    @BeforeEach
    void copy() throws IOException {
        for (String file : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
            Files.copy(DEMO.resolve(file), folder.resolve(file));
        }
    }

    private long[] encoded(String prompt) {
        try (var tokenizer = ClipTokenizer.open(folder)) {
            return tokenizer.encode(prompt, lost -> assertThat(lost).isNull());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t"})
    void anEmptyPromptIsStartAndEnd(String prompt) {
        assertThat(encoded(prompt)).containsExactly(START, END);
    }

    @Test
    void capitalsWhiteSpaceAndCompositionDoNotMatter() {
        long[] plain = encoded("a large red circle's café");
        assertThat(encoded("  A LARGE\u3000red\r\n\tCircle's\u00a0cafe\u0301 ")).isEqualTo(plain);
        assertThat(plain).startsWith(START).endsWith(END);
    }

    @Test
    void specialTokensInAPromptAreThese() {
        assertThat(encoded("a<|endoftext|>a")).containsExactly(START, encoded("a")[1], END, encoded("a")[1], END);
    }

    @Test
    void cutsWhatIsTooLongKeepsTheEndAndQuotesTheRest() {
        try (var tokenizer = ClipTokenizer.open(folder)) {
            var lost = new ArrayList<String>();
            String fits = "a ".repeat(75).strip();
            assertThat(tokenizer.encode(fits, lost::add)).hasSize(77).endsWith(END);
            assertThat(lost).isEmpty();
            assertThat(tokenizer.encode(fits + " Red  STAR", lost::add)).isEqualTo(tokenizer.encode(fits, lost::add));
            assertThat(lost).containsExactly("Red  STAR");
        }
    }

    @Test
    void aFileThatStopsInTheMiddleOfALineIsNamed() throws IOException {
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\ng r\nn\n");
        assertRefused("merges.txt: line 3 is \"n\", expected two tokens of vocab.json that are one together");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nq z\n");
        assertRefused("merges.txt: line 2 is \"q z\", expected two tokens of vocab.json that are one together");
        Files.write(folder.resolve("merges.txt"), new byte[]{'#', '\n', (byte) 0xff, ' ', 'a'});
        assertRefused("merges.txt: ");
        Files.delete(folder.resolve("merges.txt"));
        assertRefused("merges.txt: no such file");
    }

    @Test
    void aVocabularyWithoutTheEndTokenIsRefused() throws IOException {
        Path vocabulary = folder.resolve("vocab.json");
        Files.writeString(vocabulary, Files.readString(vocabulary).replace("<|endoftext|>", "<|over|>"));
        assertRefused("vocab.json: has no \"<|endoftext|>\", expected the eos_token of the tokenizer");
        Files.writeString(vocabulary, "{\"a\": \"b\"}");
        assertRefused("vocab.json: \"a\" is \"b\", expected a whole number");
        Files.delete(vocabulary);
        assertRefused(": no tokenizer, expected tokenizer.json, or vocab.json and merges.txt");
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> ClipTokenizer.open(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aTokenizerJsonGoesFirst() throws IOException {
        Files.copy(Golden.MODEL.resolve("tokenizer/tokenizer.json"), folder.resolve("tokenizer.json"));
        assertThat(encoded("")).containsExactly(1);
    }
}
