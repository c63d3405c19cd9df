package dvdquant.models.hunyuan.vae;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VaeConfigTest {
    @TempDir
    Path folder;

    private VaeConfig read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return HunyuanVideoVae.read(folder).config();
    }

    @Test
    void readsTheDemoModel() {
        assertThat(HunyuanVideoVae.read(TinyHunyuanVae.FOLDER).config())
                .isEqualTo(new VaeConfig(16, List.of(24, 48, 64, 64), 1, 8, 1.032184));
    }

    @Test
    void whatIsAbsentHasTheReferencesDefault() throws IOException {
        assertThat(read("{}")).isEqualTo(VaeConfig.HUNYUAN_VIDEO);
    }

    @Test
    void listsJustTheTensorsOfTheDemoCheckpoint() {
        var layout = HunyuanVideoVae.read(TinyHunyuanVae.FOLDER).layout();
        try (Checkpoint checkpoint = Checkpoint.open(TinyHunyuanVae.FOLDER)) {
            layout.check(checkpoint, "demo");
            assertThat(layout.elements()).isEqualTo(checkpoint.elements());
        }
    }

    @Test
    void anotherConfigurationDoesNotFit() throws IOException {
        var layout = new HunyuanVideoVae(read("{}")).layout();
        try (Checkpoint checkpoint = Checkpoint.open(TinyHunyuanVae.FOLDER)) {
            assertThatThrownBy(() -> layout.check(checkpoint, "demo")).isInstanceOf(InputException.class)
                    .hasMessageContaining("missing decoder.up_blocks.0.resnets.2.conv1.conv.bias")
                    .hasMessageContaining("of another shape");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"latent_channels": 0}              | "latent_channels" is 0, expected 1 or more
            {"latent_channels": "16"}           | "latent_channels" is "16", expected a whole number
            {"layers_per_block": 0}             | "layers_per_block" is 0, expected 1 or more
            {"norm_num_groups": 0}              | "norm_num_groups" is 0, expected 1 or more
            {"norm_num_groups": 48}             | "block_out_channels" is [128, 256, 512, 512], expected 4 multiples of norm_num_groups = 48
            {"block_out_channels": [128, 256]}  | "block_out_channels" is [128, 256], expected 4 multiples
            {"block_out_channels": [0, 1, 2, 3]} | "block_out_channels" is [0, 1, 2, 3], expected 4 multiples
            {"scaling_factor": 0}               | "scaling_factor" is 0.0, expected a number greater than 0
            {"scaling_factor": -1}              | "scaling_factor" is -1.0, expected a number greater than 0
            {"act_fn": "gelu"}                  | "act_fn" is "gelu": an activation other than "silu" is not supported
            {"mid_block_add_attention": false}  | "mid_block_add_attention" is false: an autoencoder without attention is not supported
            {"down_block_types": ["DownBlock3D"]} | "down_block_types" is [DownBlock3D]: other than 4 times HunyuanVideoDownBlock3D is not
            {"up_block_types": []}              | "up_block_types" is []: other than 4 times HunyuanVideoUpBlock3D is not supported
            {"in_channels": 12}                 | "in_channels" is 12: a value other than 3 is not supported
            {"out_channels": 4}                 | "out_channels" is 4: a value other than 3 is not supported
            {"spatial_compression_ratio": 16}   | "spatial_compression_ratio" is 16: a value other than 8 is not supported
            {"temporal_compression_ratio": 8}   | "temporal_compression_ratio" is 8: a value other than 4 is not supported
            """, quoteCharacter = '`')
    void namesFileAndKeyOfWhatDoesNotFit(String json, String message) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder.resolve("config.json").toString()).hasMessageContaining(message);
    }
}
