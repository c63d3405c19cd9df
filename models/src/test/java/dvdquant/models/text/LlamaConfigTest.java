package dvdquant.models.text;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

class LlamaConfigTest {
    private static final String LLAMA_3_8B = """
            {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
             "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "vocab_size": 128256, %s}""";
    private static final String LLAMA_3_1 = "\"factor\": 8.0, \"high_freq_factor\": 4.0, \"low_freq_factor\": 1.0, "
            + "\"original_max_position_embeddings\": 8192";

    @TempDir
    private Path folder;

    private LlamaConfig read(String rest) throws IOException {
        Files.writeString(folder.resolve("config.json"), LLAMA_3_8B.formatted(rest));
        return LlamaConfig.read(folder);
    }

    @Test
    void theCountedWeightsAreThoseOfThePublishedModel() throws IOException {
        LlamaConfig config = read("\"rope_theta\": 500000.0");
        long head = 128_256L * 4096;
        assertThat(config.layout().elements()).isEqualTo(8_030_261_248L - head);
        assertThat(config.layerBytes(2)).isEqualTo(2L * (4096 * 4096 * 2 + 4096 * 1024 * 2 + 3 * 4096 * 14336));
        assertThat(config.headSize()).isEqualTo(128);
    }

    @Test
    void positionsAreReadInTheOldFormAndInTheNew() throws IOException {
        var plain = new LlamaRope(500_000, Optional.empty());
        assertThat(read("\"rope_theta\": 500000.0, \"rope_scaling\": null").rope()).isEqualTo(plain);
        assertThat(read("\"rope_theta\": 500000.0, \"rope_scaling\": {\"type\": \"default\"}").rope()).isEqualTo(plain);
        assertThat(read("\"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"default\"}").rope())
                .isEqualTo(plain);
        assertThat(read("\"use_cache\": true").rope()).isEqualTo(new LlamaRope(10_000, Optional.empty()));

        var longer = new LlamaRope(500_000, Optional.of(new LlamaRope.Scaling(8, 1, 4, 8192)));
        assertThat(read("\"rope_theta\": 500000.0, \"rope_scaling\": {\"rope_type\": \"llama3\", " + LLAMA_3_1 + "}")
                .rope())
                .isEqualTo(longer);
        assertThat(read("\"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"llama3\", " + LLAMA_3_1 + "}")
                .rope()).isEqualTo(longer);
    }

    /** Wave lengths of 2π / frequency: up to 2048 as they are, from 8192 on 8 times as long. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3.0679616e-3, 3.0679616e-3", "7.669904e-4, 9.58738e-5", "1e-5, 1.25e-6",
            "1.9174760e-3, 1.0785803e-3"})
    void llama31StretchesLongWaves(double frequency, double scaled) {
        assertThat(new LlamaRope.Scaling(8, 1, 4, 8192).scaled(frequency))
                .isCloseTo(scaled, withPercentage(1e-3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
            "\"model_type\": \"llama\"; \"model_type\": \"mistral\"; \"model_type\" is \"mistral\", expected \"llama\"",
            "\"rms_norm_eps\"; \"attention_bias\": true, \"eps\"; \"attention_bias\" is true, expected false",
            "\"rms_norm_eps\"; \"hidden_act\": \"gelu\", \"eps\"; \"hidden_act\" is \"gelu\", expected \"silu\"",
            "\"num_key_value_heads\": 8; \"num_key_value_heads\": 5; \"num_key_value_heads\" is 5, expected a divisor",
            "\"rms_norm_eps\"; \"rope_scaling\": {\"rope_type\": \"yarn\"}, \"eps\"; \"rope_type\" is \"yarn\", expected",
            "\"rms_norm_eps\"; \"rope_scaling\": {\"rope_type\": \"llama3\"}, \"eps\"; \"factor\" is missing",
            "\"rms_norm_eps\"; \"head_dim\": 7, \"eps\"; \"head_dim\" is 7, expected pairs"})
    void othersAreRefused(String text, String replacement, String message) throws IOException {
        Files.writeString(folder.resolve("config.json"),
                LLAMA_3_8B.formatted("\"use_cache\": true").replace(text, replacement));
        assertThatThrownBy(() -> LlamaConfig.read(folder)).isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder + "/config.json: ").hasMessageContaining(message);
    }
}
