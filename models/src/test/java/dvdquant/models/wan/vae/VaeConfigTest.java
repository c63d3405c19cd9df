package dvdquant.models.wan.vae;

import dvdquant.core.InputException;
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
        return VaeConfig.read(Files.writeString(folder.resolve("config.json"), json));
    }

    @Test
    void readsTheDemoModel() {
        VaeConfig config = VaeConfig.read(TinyVae.FOLDER.resolve("config.json"));
        assertThat(config.baseDim()).isEqualTo(16);
        assertThat(config.decoderBaseDim()).isEqualTo(24);
        assertThat(config.zDim()).isEqualTo(16);
        assertThat(config.numResBlocks()).isEqualTo(1);
        assertThat(config.latentsStd()).startsWith(1.0947).endsWith(0.4059);
    }

    @Test
    void whatIsAbsentHasTheReferencesDefault() throws IOException {
        VaeConfig config = read("{\"decoder_base_dim\": null}");
        assertThat(config.baseDim()).isEqualTo(96);
        assertThat(config.decoderBaseDim()).isEqualTo(96);
        assertThat(config.dimMult()).isEqualTo(List.of(1, 2, 4, 4));
        assertThat(config.temperalDownsample()).isEqualTo(List.of(false, true, true));
        assertThat(config.latentsMean()).hasSize(16).startsWith(-0.7571).endsWith(-0.2921);
        assertThat(config.latentsStd()).hasSize(16).startsWith(2.8184).endsWith(1.916);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"base_dim": 0}                     | "base_dim" is 0, expected 1 or more
            {"base_dim": "96"}                  | "base_dim" is "96", expected a whole number
            {"decoder_base_dim": 25}            | "decoder_base_dim" is 25, expected an even number
            {"z_dim": 8}                        | "latents_mean" is missing
            {"dim_mult": [1, 2, 4]}             | "dim_mult" is [1, 2, 4], expected 4 factors
            {"num_res_blocks": 0}               | "num_res_blocks" is 0, expected 1 or more
            {"temperal_downsample": [true]}     | "temperal_downsample" is [true], expected 3 flags, 2 of them true
            {"latents_mean": [1, 2]}            | "latents_mean" is [1.0, 2.0], expected z_dim = 16 numbers
            {"z_dim": 1, "latents_mean": [0], "latents_std": [0]} | "latents_std" is [0.0], expected z_dim = 1 numbers greater
            {"is_residual": "yes"}              | "is_residual" is "yes", expected true or false
            {"is_residual": true, "dim_mult": [1, 3, 4, 4]} | "dim_mult" is [1, 3, 4, 4], expected factors that let values be averaged
            {"is_residual": true, "dim_mult": [1, 2, 4, 3]} | "dim_mult" is [1, 2, 4, 3], expected factors that let values be averaged
            {"is_residual": true, "decoder_base_dim": 0} | "decoder_base_dim" is 0, expected 1 or more
            {"patch_size": 4}                   | "patch_size" is 4, expected 1 or 2
            {"patch_size": 2}                   | "in_channels" is missing, expected 12 for "patch_size" 2
            {"patch_size": 2, "in_channels": 12, "out_channels": 3} | "out_channels" is 3, expected 12 for "patch_size" 2
            {"patch_size": 2, "in_channels": 12, "out_channels": 12} | "scale_factor_spatial" is missing, expected 16
            {"attn_scales": [0.5]}              | "attn_scales" is [0.5], expected none
            {"in_channels": 12}                 | "in_channels" is 12, expected 3 for "patch_size" 1
            {"scale_factor_spatial": 16}        | "scale_factor_spatial" is 16, expected 8 for "patch_size" 1
            {"scale_factor_temporal": 8}        | "scale_factor_temporal" is 8, expected 4
            """, quoteCharacter = '`')
    void namesFileAndKeyOfWhatDoesNotFit(String json, String message) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder.resolve("config.json").toString()).hasMessageContaining(message);
    }
}
