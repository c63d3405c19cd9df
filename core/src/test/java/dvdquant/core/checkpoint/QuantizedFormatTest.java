package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class QuantizedFormatTest {
    @TempDir
    Path folder;

    /** Two runs that quantize alike write the same bytes. */
    @Test
    void keysHaveAnOrder() {
        QuantizedFormat format = Method.DVD_QUANT.recipe(4).format(Set.of("b", "a"));
        assertThat(format.toJson()).hasToString("{quant_method=dvdquant, version=2, method=dvd-quant, formats=[{"
                + "weights={bits=4, levels=uniform, symmetric=false, rounding=bgr, group_size=64, scales=group-bytes, "
                + "rotation={block=128, seed=0}}, "
                + "activations={scales=token-block-integer:128, clip=least-error}, layers=[a, b]}]}");
    }

    /** As this program wrote it until there were layers of several formats. */
    @Test
    void versionOneIsOneFormat() throws IOException {
        write("""
                {"quantization_config": {"quant_method": "dvdquant", "version": 1, "method": "svdquant",
                  "weights": {"bits": 4, "symmetric": true, "rounding": "minmax", "group_size": 64,
                              "group_steps": "free", "rotation": null},
                  "activations": {"scales": "token-block:64", "clip": 1.0},
                  "smoothing": 0.5, "low_rank": 32, "layers": ["a", "b"]}}""");
        QuantizedFormat format = QuantizedFormat.of(folder).orElseThrow();
        assertThat(format).isEqualTo(Method.SVDQUANT.recipe(4).format(Set.of("a", "b")));
        write("""
                {"quantization_config": {"quant_method": "dvdquant", "version": 1,
                  "weights": {"bits": 4, "group_size": 64, "rotation": {"block": 128, "seed": 0}}, "layers": ["a"]}}""");
        assertThat(QuantizedFormat.of(folder)).contains(Method.DVD_QUANT.recipe(4).format(Set.of("a")));
    }

    @Test
    void layersCanBeOfSeveralFormats() throws IOException {
        LayerFormat usual = Method.DVD_QUANT.recipe(4).usual();
        Recipe recipe = new Recipe(Method.DVD_QUANT, usual)
                .withOther("m\\d", usual.withActivations(Optional.empty()))
                .withOther(".*", Method.SVDQUANT.recipe(8).usual());
        QuantizedFormat format = recipe.format(Set.of("m1", "b", "a", "m2", "c"));
        write(json(format));
        assertThat(QuantizedFormat.of(folder)).contains(format);
        assertThat(format.formats()).hasSize(2);
        assertThat(format.of("m1").orElseThrow().activations()).isEmpty();
        assertThat(format.of("a").orElseThrow()).isEqualTo(Method.SVDQUANT.recipe(8).usual());
        assertThat(format.weightBits()).isEqualTo("4/8");
        assertThat(json(format)).contains("\"activations\":\"16\"").contains("\"layers\":[\"m1\",\"m2\"]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "levels":"uniform"      | "levels":"nf4"         | "levels" is "nf4", expected "uniform"
            "levels":"uniform",     | ''                     | "levels" is missing
            "scales":"group-bytes"  | "scales":"e4m3"        | "scales" is "e4m3", expected group-bytes,
            "scales":"group-bytes"  | "scales":"group-steps" | "scales" is "group-steps", expected group-bytes,
            "bits":4                | "bits":4,"sparse":true | "sparse" is not known, expected only bits, levels,
            "version":2             | "version":3            | "version" is 3, expected 1 or 2
            "clip"                  | "clap"                 | "clap" is not known, expected only scales, clip
            "layers":[              | "layers":["a",         | "layers" is ["a","a","b"], expected each once
            "formats":              | "extra":1,"formats":   | "extra" is not known
            {"scales":"token-block-integer:128","clip":"least-error"} | "8" | "activations" is "8", expected an object
            """)
    void whatIsNotKnownIsNamed(String from, String to, String expected) throws IOException {
        String json = json(Method.DVD_QUANT.recipe(4).format(Set.of("b", "a")));
        assertThat(json).contains(from);
        write(json.replace(from, to));
        assertThatThrownBy(() -> QuantizedFormat.of(folder)).isInstanceOf(InputException.class)
                .hasMessageContaining(folder.resolve("config.json").toString()).hasMessageContaining(expected);
    }

    @ParameterizedTest
    @EnumSource
    void aRecipeCanBeSentAsText(Method method) throws IOException {
        Recipe recipe = method.recipe(5).withOther("a|b", Method.QUAROT.recipe(8).usual())
                .withOther("c", method.recipe(4).usual().withActivations(Optional.empty()));
        write(JsonMapper.shared().writeValueAsString(recipe.toJson()));
        assertThat(Recipe.read(JsonFile.read(folder.resolve("config.json")))).isEqualTo(recipe);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(Method method) throws IOException {
        for (int bits = 2; bits <= 8; bits++) {
            assertIsRead(method.recipe(bits));
        }
    }

    /** A seed has 64 bits. */
    @Test
    void anySeedIsRead() throws IOException {
        Recipe recipe = Method.DVD_QUANT.recipe(4);
        for (long seed : new long[]{1L << 32, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            for (Rotation rotation : List.of(new Rotation.Blocks(128, seed), new Rotation.Full(seed))) {
                assertIsRead(recipe.withWeights(recipe.weights().withRotation(rotation)));
            }
        }
    }

    @Test
    void aRoundingThatFindsNoSuchGridsIsAnError() throws IOException {
        write(json(Method.DVD_QUANT.recipe(4).format(Set.of("a"))).replace("bgr", "clip"));
        assertThatThrownBy(() -> QuantizedFormat.of(folder)).isInstanceOf(InputException.class)
                .hasMessage(folder.resolve("config.json") + ": rounding 'clip' is for rows or groups with steps of "
                        + "their own, and not for groups with integer multipliers");
    }

    /** Three bits of ten columns are 30, and rows begin at a byte: no weights are made up of what is left. */
    @Test
    void weightsAreCountedAndNotTheirBits() {
        Recipe recipe = Method.MINMAX.recipe(3);
        WeightSize size = recipe.usual().size(Shape.of(6, 10));
        assertThat(size).isEqualTo(new WeightSize(60, 6 * (4 + 4 + 1))); // codes, step, zero point
        assertThat(size.bitsAWeight()).isEqualTo(7.2);
    }

    private void assertIsRead(Recipe recipe) throws IOException {
        QuantizedFormat format = recipe.format(Set.of("b", "a"));
        write(json(format));
        assertThat(QuantizedFormat.of(folder)).contains(format);
    }

    private static String json(QuantizedFormat format) {
        return JsonMapper.shared().writeValueAsString(Map.of(QuantizedFormat.KEY, format.toJson()));
    }

    private void write(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
    }
}
