package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

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
}
