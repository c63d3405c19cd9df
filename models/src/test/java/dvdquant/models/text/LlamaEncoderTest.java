package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RenamedCheckpoint;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class LlamaEncoderTest {
    private static final Path DEMO = Golden.HUNYUAN_VIDEO.resolve("text_encoder");

    @TempDir
    private Path folder;

    private static float[] states(Path encoder, long... ids) {
        try (var device = CpuDevice.open();
                var llama = LlamaEncoder.open(encoder, 2, Checkpoint::open, EncoderPrecision.of(ElementType.F32),
                        device);
                var _ = TensorScope.open()) {
            return llama.encode(List.of(ids), (_, _) -> {}).getFirst().toFloats();
        }
    }

    @Test
    void namesAreThoseOfTheModelWithItsHeadToo() {
        RenamedCheckpoint.write(DEMO, folder.resolve("with"), name -> Optional.of("model." + name));
        assertThat(states(folder.resolve("with"), 549, 3, 5)).isEqualTo(states(DEMO, 549, 3, 5));
    }

    /** As an 8B model's are: a layer may lie in two of them. */
    @Test
    void aModelOfSeveralFilesIsThatOfOne() throws IOException {
        Path shards = RenamedCheckpoint.shard(DEMO, folder.resolve("shards"), 200_000);
        assertThat(shards.resolve("model.safetensors")).doesNotExist();
        assertThat(shards).isDirectoryContaining("glob:**/model.safetensors.index.json")
                .isDirectoryContaining("glob:**/model-00005-of-*.safetensors");
        assertThat(states(shards, 549, 3, 5)).isEqualTo(states(DEMO, 549, 3, 5));

        try (var files = Files.newDirectoryStream(shards, "model-00003-of-*")) {
            Files.delete(files.iterator().next());
        }
        assertThatThrownBy(() -> states(shards, 549)).isInstanceOf(InputException.class)
                .hasMessageContaining("model-00003-of-");
    }

    @Test
    void aTokenSeesThoseBeforeItAlone() {
        float[] two = states(DEMO, 549, 3);
        assertThat(RelativeError.of(Arrays.copyOf(states(DEMO, 549, 3, 5), two.length), two)).isLessThan(1e-6);
        assertThat(RelativeError.of(states(DEMO, 549, 4), two)).isGreaterThan(1e-2);
    }

    @Test
    void missingTensorsAreNamed() {
        RenamedCheckpoint.write(DEMO, folder.resolve("less"),
                name -> name.equals("layers.1.mlp.up_proj.weight") ? Optional.empty() : Optional.of(name));
        assertThatThrownBy(() -> states(folder.resolve("less"), 549))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the tensors do not fit the model: missing layers.1.mlp.up_proj.weight");
    }

    @Test
    void aTokenizerOfMoreTokensIsNamedAsAnothers() {
        assertThatThrownBy(() -> states(DEMO, 549, 555)).isInstanceOf(InputException.class).hasMessageContaining(
                "model.safetensors: token 555 of the tokenizer has no row in 'embed_tokens.weight' [555, 128]: tokenizer");
    }

    @Test
    void aModelOfTooFewLayersIsRefused() {
        RenamedCheckpoint.write(DEMO, folder.resolve("short"), Optional::of);
        RenamedCheckpoint.configure(folder.resolve("short"), "\"num_hidden_layers\": 4", "\"num_hidden_layers\": 2");
        assertThatThrownBy(() -> states(folder.resolve("short"), 549))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"num_hidden_layers\" is 2, expected more than the 2 that are skipped");
    }
}
