package dvdquant.core.quant.rotation;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class HadamardRotationTest {
    static LongStream seeds() {
        return Seeds.of(2);
    }

    @Test
    void signsAreThoseOfSplitMix64() {
        for (long seed : new long[]{0, 1, -1, Long.MAX_VALUE}) {
            for (long column = 0; column < 100; column++) {
                // Java's SplittableRandom is SplitMix64.
                boolean odd = (new SplittableRandom(seed + column).nextLong() & 1) == 1;
                assertThat(RotationSigns.of(seed, column)).isEqualTo(odd ? -1 : 1);
            }
        }
        assertThat(RotationSigns.of(0, 0)).isEqualTo((0xE220A8397B1DCDAFL & 1) == 1 ? -1 : 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 12, 20, 24, 28, 36, 108, 140})
    void smallOrdersAreHadamardMatrices(int order) {
        if (!HadamardMatrix.exists(order)) {
            assertThatThrownBy(() -> HadamardMatrix.of(order)).hasMessageContaining("order " + order);
            return;
        }
        byte[][] matrix = HadamardMatrix.of(order);
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                int product = 0;
                for (int k = 0; k < order; k++) {
                    product += matrix[i][k] * matrix[j][k];
                }
                assertThat(product).isEqualTo(i == j ? order : 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "4, 2", "4, 4", "6, 2", "208, 16", "702, 2", "1536, 128", "5120, 256", "8960, 64", "13824, 512",
            "8192, 8192", "64, 8", "96, 32"})
    void keepsNormsAndProductsAndCanBeUndone(int columns, int block) {
        check(columns, new Rotation.Blocks(block, 7));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 12, 256, 1024, 1536, 3072, 5120, 8960, 13824})
    void fullRotationKeepsNormsAndProducts(int columns) {
        check(columns, new Rotation.Full(3));
    }

    private static void check(int columns, Rotation rotation) {
        HadamardRotation prepared = rotation.forColumns(columns);
        float[] x = Seeds.gaussian(1, columns);
        float[] w = Seeds.gaussian(2, columns);
        float[] rotatedX = x.clone();
        float[] rotatedW = w.clone();
        prepared.rotate(rotatedX, 0);
        prepared.rotate(rotatedW, 0);
        assertThat(dot(rotatedX, rotatedX)).isCloseTo(dot(x, x), within(1e-5 * dot(x, x)));
        assertThat(dot(rotatedX, rotatedW)).isCloseTo(dot(x, w), within(1e-4 * Math.sqrt(dot(x, x) * dot(w, w))));
        float[] reference = x.clone();
        prepared.rotateReference(reference, 0);
        assertThat(rotatedX).isEqualTo(reference);
        prepared.rotateBack(rotatedX, 0);
        for (int k = 0; k < columns; k++) {
            assertThat(rotatedX[k]).isCloseTo(x[k], within(1e-5f));
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void matchesTheMatrixWrittenOut(long seed) {
        float[] x = Seeds.gaussian(seed, 3 * 32);
        float[] rotated = x.clone();
        new Rotation.Blocks(32, seed).forColumns(96).rotate(rotated, 0);
        for (int j = 0; j < 96; j++) {
            double sum = 0;
            for (int i = j / 32 * 32; i < j / 32 * 32 + 32; i++) {
                int sign = Integer.bitCount(i % 32 & j % 32) % 2 == 0 ? 1 : -1;
                sum += x[i] * RotationSigns.of(seed, i) * sign / Math.sqrt(32);
            }
            assertThat((double) rotated[j]).isCloseTo(sum, within(1e-5));
        }
    }

    @Test
    void rotatesOneRowAmongOthers() {
        float[] rows = Seeds.gaussian(5, 3 * 48);
        float[] all = rows.clone();
        new Rotation.Blocks(16, 0).forColumns(48).rotate(all, 48);
        for (int k = 0; k < 48; k++) {
            assertThat(all[k]).isEqualTo(rows[k]);
            assertThat(all[96 + k]).isEqualTo(rows[96 + k]);
        }
        assertThat(all[48]).isNotEqualTo(rows[48]);
    }

    @Test
    void namesBlockAndColumnsWhenTheyDisagree() {
        assertThatThrownBy(() -> new Rotation.Blocks(96, 0)).hasMessageContaining("power of two, not 96");
        assertThatThrownBy(() -> new Rotation.Blocks(0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rotation.Blocks(128, 0).forColumns(1000)).hasMessageContaining("128")
                .hasMessageContaining("1000");
        assertThatThrownBy(() -> new Rotation.Full(0).forColumns(3)).hasMessageContaining("3 columns");
    }
}
