package dvdquant.models.diffusion.teacache;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class ResidualCacheTest {
    private static Tensor vector(float... values) {
        return Tensor.ofFloats(values, values.length);
    }

    @Test
    void addsWhatTheBlocksAddedLastAcrossScopes() {
        try (var cache = new ResidualCache()) {
            try (var _ = TensorScope.open()) {
                assertThat(cache.compute(vector(1, 2), x -> x.multiply(9)).toFloats()).containsExactly(9, 18);
                assertThat(cache.compute(vector(1, 2), x -> x.multiply(3)).toFloats()).containsExactly(3, 6);
            }
            try (var _ = TensorScope.open()) {
                assertThat(cache.skip(vector(10, 20), _ -> null).toFloats()).containsExactly(12, 24);
                assertThat(cache.skip(vector(0, 0), _ -> null).toFloats()).containsExactly(2, 4);
            }
        }
    }

    @Test
    void withoutAComputedForwardThereIsNothingToAdd() {
        try (var cache = new ResidualCache(); var _ = TensorScope.open()) {
            assertThatThrownBy(() -> cache.skip(vector(1), x -> x)).isInstanceOf(IllegalStateException.class);
        }
    }
}
