package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

@NoLeaks
class LibraryProductsTest {
    @Test
    void integersAreExact() {
        try (var _ = TensorScope.open()) {
            Tensor a = Tensor.randn(1, 33, 64).multiply(40).round().clamp(-127, 127);
            Tensor b = Tensor.randn(2, 16, 64).multiply(40).round().clamp(-127, 127);
            Tensor product = LibraryProducts.int8(a.to(ElementType.I8), b.to(ElementType.I8));
            assertThat(product.type()).isEqualTo(ElementType.I32);
            assertThat(product.toFloats()).isEqualTo(a.matmul(b.transpose(0, 1)).toFloats());
        }
    }

    @Test
    void smallFloatsAreScaledAndRoundedOnce() {
        try (var _ = TensorScope.open()) {
            Tensor a = Tensor.randn(1, 32, 64).to(ElementType.F8_E4M3);
            Tensor b = Tensor.randn(2, 16, 64).to(ElementType.F8_E4M3);
            Tensor product = LibraryProducts.float8(a, b, Tensor.ofFloats(new float[]{2}, 1),
                    Tensor.ofFloats(new float[]{0.25f}, 1));
            assertThat(product.type()).isEqualTo(ElementType.BF16);
            float[] expected = a.to(ElementType.F32).matmul(b.to(ElementType.F32).transpose(0, 1)).multiply(0.5)
                    .toFloats();
            float[] found = product.toFloats();
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(Math.abs(expected[i]) / 256 + 1e-5f));
            }
        }
    }
}
