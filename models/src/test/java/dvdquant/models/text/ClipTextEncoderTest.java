package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RenamedCheckpoint;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class ClipTextEncoderTest {
    private static final Path DEMO = Golden.HUNYUAN_VIDEO.resolve("text_encoder_2");
    private static final ClipTextConfig LARGE = new ClipTextConfig(
            new ClipEncoderConfig(768, 12, 3072, 12, true, 1e-5, true), 49408, 77, 49407);
    private static final long START = 651;
    private static final long END = 652;

    @TempDir
    private Path folder;

    private static float[] pooled(Path encoder, long... ids) {
        try (var device = CpuDevice.open();
                var clip = ClipTextEncoder.open(encoder, Checkpoint::open, EncoderPrecision.of(ElementType.F32),
                        device);
                var _ = TensorScope.open()) {
            return clip.encode(List.of(ids), (_, _) -> {}).getFirst().toFloats();
        }
    }

    private Path configured(String text, String replacement) {
        Path copy = RenamedCheckpoint.write(DEMO, folder.resolve("copy"), Optional::of);
        RenamedCheckpoint.configure(copy, text, replacement);
        return copy;
    }

    @Test
    void theCountedWeightsAreThoseOfThePublishedModel() {
        assertThat(LARGE.layout().elements()).isEqualTo(123_060_480L);
    }

    @Test
    void namesAreKnownWithoutTheirPrefix() {
        RenamedCheckpoint.write(DEMO, folder.resolve("without"), name -> Optional.of(name.replace("text_model.", "")));
        assertThat(pooled(folder.resolve("without"), START, 3, END)).isEqualTo(pooled(DEMO, START, 3, END));
    }

    @Test
    void theFirstEndTokenCountsAndNothingBehindIt() {
        float[] pooled = pooled(DEMO, START, 3, END);
        assertThat(pooled).hasSize(64);
        assertThat(pooled(DEMO, START, 3, END, END, 7)).isEqualTo(pooled);
        assertThat(pooled(DEMO, START, END, 3, END)).isNotEqualTo(pooled);
    }

    @Test
    void anOldConfigurationMeansTheHighestToken() {
        Path old = configured("\"eos_token_id\": 652", "\"eos_token_id\": 2");
        assertThat(pooled(old, START, 2, 3, END, END)).isEqualTo(pooled(DEMO, START, 2, 3, END));
    }

    @Test
    void geluIsAnotherFunction() {
        Path exact = configured("\"quick_gelu\"", "\"gelu\"");
        assertThat(pooled(exact, START, 3, END)).isNotEqualTo(pooled(DEMO, START, 3, END));
    }

    @Test
    void whatDoesNotBelongTogetherIsRefused() {
        assertThatThrownBy(() -> pooled(DEMO, START, 3, 5)).isInstanceOf(InputException.class).hasMessageContaining(
                "config.json: \"eos_token_id\" is 652, and the tokenizer ends a text with 5");
        long[] many = new long[78];
        many[77] = END;
        assertThatThrownBy(() -> pooled(DEMO, many)).isInstanceOf(InputException.class)
                .hasMessageContaining("\"max_position_embeddings\" is 77, expected at least the 78 tokens");
        Path other = configured("\"quick_gelu\"", "\"silu\"");
        assertThatThrownBy(() -> pooled(other, START, END)).isInstanceOf(InputException.class)
                .hasMessageContaining("\"hidden_act\" is \"silu\", expected \"quick_gelu\" or \"gelu\"");
    }
}
