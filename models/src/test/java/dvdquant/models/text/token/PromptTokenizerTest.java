package dvdquant.models.text.token;

import dvdquant.models.testing.Golden;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;

import static org.assertj.core.api.Assertions.assertThat;

class PromptTokenizerTest {
    @Test
    void anEmptyPromptIsTheEndTokenAlone() {
        try (var tokenizer = PromptTokenizer.open(Golden.MODEL.resolve("tokenizer"))) {
            assertThat(tokenizer.encode("", _ -> {})).containsExactly(1);
        }
    }

    @Test
    void cutsWhatIsTooLongAndQuotesIt() {
        try (var tokenizer = PromptTokenizer.open(Golden.MODEL.resolve("tokenizer"))) {
            var lost = new ArrayList<String>();
            String fits = "red ".repeat(511).strip();
            assertThat(tokenizer.encode(fits, lost::add)).hasSize(512).endsWith(1);
            assertThat(lost).isEmpty();

            long[] cut = tokenizer.encode(fits + " 😀 blue star", lost::add);
            assertThat(cut).isEqualTo(tokenizer.encode(fits, lost::add));
            assertThat(lost).containsExactly("😀 blue star");
        }
    }
}
