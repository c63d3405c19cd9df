package dvdquant.models.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class PixelsTest {
    @Test
    void bytesAreClampedAndRounded() {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.ofFloats(new float[]{-7, -1, 0, 0.5f, 1, 9}, 1, 3, 1, 1, 2);
            assertThat(Pixels.toBytes(Pixels.BYTES.of(x))).singleElement()
                    .isEqualTo(new byte[]{0, (byte) 128, (byte) 255, 0, (byte) 191, (byte) 255});
        }
    }

    /** Clamped, they would be a clip that is black or white. */
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void whatIsNoNumberIsNoPixel(float value) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.ofFloats(new float[]{0, value, 0}, 1, 3, 1, 1, 1);
            for (Pixels pixels : Pixels.values()) {
                assertThatThrownBy(() -> pixels.of(x)).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("NaN or infinite");
            }
        }
    }
}
