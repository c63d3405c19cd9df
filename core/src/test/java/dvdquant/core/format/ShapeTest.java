package dvdquant.core.format;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ShapeTest {
    @Test
    void countsElementsAndPrintsAsTheFieldWritesIt() {
        assertThat(Shape.of(1, 16, 5).elements()).isEqualTo(80);
        assertThat(Shape.of().elements()).isEqualTo(1);
        assertThat(Shape.of(3, 0).elements()).isZero();
        assertThat(Shape.of(1, 16, 5)).hasToString("[1, 16, 5]").isEqualTo(Shape.of(1, 16, 5));
        assertThat(Shape.of(2, 3).dim(-1)).isEqualTo(3);
    }

    @Test
    void refusesNegativeSizesAndOverflow() {
        assertThatThrownBy(() -> Shape.of(2, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40)).isInstanceOf(ArithmeticException.class);
    }
}
