package dvdquant.models.vae;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TilingTest {
    @ParameterizedTest
    @CsvSource({"480, 832, false", "832, 480, false", "488, 832, true", "720, 1280, true", "128, 128, false"})
    void automaticTilesAreForLargeFrames(long height, long width, boolean tiles) {
        assertThat(Tiling.above(832 * 480, height, width).cuts(height, width)).isEqualTo(tiles);
    }

    @ParameterizedTest
    @CsvSource({"256, 100", "250, 192", "256, 256", "256, 120", "8, 8"})
    void refusesTilesThatDoNotOverlapWell(int size, int stride) {
        assertThatThrownBy(() -> new Tiling.Tiles(size, stride)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tiles of " + size + " pixels every " + stride);
    }

    /** Tiles that are crops of one image join to that image, whatever the sizes. */
    @ParameterizedTest
    @CsvSource({"5, 4", "8, 6", "9, 8", "14, 8", "13, 20", "7, 31"})
    void cropsJoinToTheImage(long height, long width) {
        try (var _ = TensorScope.open()) {
            Tensor image = Tensor.randn(1, 1, 3, 2, height, width);
            Tensor joined = Tensor.zeros(image.type(), 1, 3, 2, height, width);

            new TiledPass(height, width, 8, 6, 6).run((top, left, h, w) -> image.narrow(3, top, h).narrow(4, left, w)
                    .copy(), x -> x, joined);

            assertThat(RelativeError.of(joined.toFloats(), image.toFloats())).isLessThan(1e-7);
        }
    }

    /** Tiles of 1, 2, 3 … along a row: a blend goes from the left tile's value to the own one in equal steps. */
    @Test
    void blendsLinearly() {
        try (var _ = TensorScope.open()) {
            Tensor joined = Tensor.zeros(ElementType.F32, 1, 1, 1, 2, 14);
            var next = new int[1];

            new TiledPass(2, 14, 8, 4, 4).run((_, _, h, w) -> {
                var values = new float[(int) (h * w)];
                Arrays.fill(values, ++next[0]);
                return Tensor.ofFloats(values, 1, 1, 1, h, w);
            }, x -> x, joined);

            assertThat(joined.narrow(3, 1, 1).toFloats()).containsExactly(1, 1, 1, 1, 1, 1.25f, 1.5f, 1.75f, 2, 2.25f,
                    2.5f,
                    2.75f, 3, 3.5f);
        }
    }
}
