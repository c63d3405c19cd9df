package dvdquant.models.hunyuan;

import dvdquant.core.InputException;
import dvdquant.models.testing.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TemplatedTokenizerTest {
    /** An excerpt of Llama 3's tokenizer, which adds no token of its own at the beginning. */
    private static final Path LLAMA_3 = Golden.RESOURCES.resolve("llama3-excerpt");

    /** Of {@code golden_llama_tokenizer.mjs}: 20 prompts by another implementation of the whole tokenizer. */
    @Test
    void readsPromptsAsLlama3DoesInHunyuanVideosTemplate(@TempDir Path model) throws IOException {
        JsonNode golden = JsonMapper.shared()
                .readTree(Files.readString(Golden.RESOURCES.resolve("golden/golden_llama_tokenizer.json")));
        var warnings = new ArrayList<String>();
        try (var tokenizer = TemplatedTokenizer.open(LLAMA_3, PromptTemplate.read(model))) {
            assertThat(tokenizer.template().crop()).isEqualTo(golden.get("before").intValue());
            for (JsonNode one : golden.get("prompts")) {
                long[] all = one.get("ids").valueStream().mapToLong(JsonNode::longValue).toArray();
                assertThat(tokenizer.encode(one.get("prompt").asString(), warnings::add))
                        .isEqualTo(Arrays.copyOf(all, Math.min(all.length, 95 + 256)));
            }
        }
        assertThat(golden.get("prompts")).hasSize(20);
        assertThat(warnings).singleElement().asString()
                .startsWith("the prompt is longer than 256 tokens; its end was cut off: \"")
                .endsWith("lanterns sway, …\"");
    }

    @Test
    void cutsBehind256TokensAndQuotesWhatIsLostOfThePrompt() {
        var template = PromptTemplate.read(Golden.HUNYUAN_VIDEO);
        var warnings = new ArrayList<String>();
        try (var tokenizer = TemplatedTokenizer.open(Golden.HUNYUAN_VIDEO.resolve("tokenizer"), template)) {
            int words = 0;
            while (tokenizer.encode(red(words + 1), warnings::add).length < 95 + 256) {
                words++;
            }
            assertThat(warnings).isEmpty(); // of the last, only what ends the template was cut off, if anything
            long[] cut = tokenizer.encode(red(words + 1) + " blue star", warnings::add);
            assertThat(cut).hasSize(95 + 256)
                    .startsWith(Arrays.copyOf(tokenizer.encode(red(words), _ -> {}), 95 + words));
            assertThat(warnings).singleElement().asString().endsWith("star\"");
        }
    }

    private static String red(int words) {
        return "red ".repeat(words).strip();
    }

    @Test
    void refusesATokenizerThatIsNotTheTemplates() {
        Path unigram = Golden.MODEL.resolve("tokenizer");
        assertThatThrownBy(() -> TemplatedTokenizer.open(unigram, PromptTemplate.read(Golden.HUNYUAN_VIDEO)))
                .isInstanceOf(InputException.class)
                .hasMessageMatching(
                        ".*/tiny-wan/tokenizer/tokenizer.json: makes \\d+ tokens of what stands before the prompt "
                                + "in the template in .*/template.json, expected 95: tokenizer and template do not belong together");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no place", "two {} {}", "one {} and {more}", "one {} and }"})
    void refusesTemplatesWithoutOnePlaceForThePrompt(String template, @TempDir Path model) throws IOException {
        Files.writeString(model.resolve("template.json"),
                "{\"template\": \"" + template + "\", \"crop_start\": 3}");
        assertThatThrownBy(() -> PromptTemplate.read(model)).isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "template.json: \"template\" is \"" + template + "\", expected a text with {} once");
    }

    @Test
    void addsNoTokenThatTheTokenizerIsSaidNotToAdd(@TempDir Path folder) throws IOException {
        Files.copy(LLAMA_3.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<|begin_of_text|>\"}, \"add_bos_token\": false}");
        assertThatThrownBy(() -> TemplatedTokenizer.open(folder, PromptTemplate.read(folder)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("makes 94 tokens").hasMessageContaining("HunyuanVideo's template, expected 95");
        Files.writeString(folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<|begin_of_text|>\"}}");
        try (var tokenizer = TemplatedTokenizer.open(folder, PromptTemplate.read(folder))) {
            assertThat(tokenizer.encode("A cat", _ -> {})).startsWith(128000, 128006);
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<begin>\"}");
        assertThatThrownBy(() -> TemplatedTokenizer.open(folder, PromptTemplate.read(folder)))
                .isInstanceOf(InputException.class).hasMessageContaining("\"<begin>\" is")
                .hasMessageContaining("expected one");
    }

    @Test
    void namesTheFileThatIsMissing(@TempDir Path folder) {
        assertThatThrownBy(() -> TemplatedTokenizer.open(folder, PromptTemplate.read(folder)))
                .isInstanceOf(InputException.class).hasMessageEndingWith(
                        "tokenizer.json: no such file, expected the model's tokenizer");
        assertThat(List.of(folder.toFile().list())).isEmpty();
    }
}
