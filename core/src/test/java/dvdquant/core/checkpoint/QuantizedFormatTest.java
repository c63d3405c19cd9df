package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
        assertThat(format.toJson()).hasToString("{quant_method=dvdquant, version=1, method=dvd-quant, "
                + "weights={bits=4, symmetric=false, rounding=bgr, group_size=64, rotation={block=128, seed=0}}, "
                + "activations={scales=token-block-integer:128, clip=least-error}, layers=[a, b]}");
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
        WeightSize size = recipe.format(Set.of("a")).size(Shape.of(6, 10));
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
