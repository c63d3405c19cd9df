package dvdquant.models.hunyuan.vae;

import dvdquant.core.metrics.RelativeError;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

@NoLeaks
class TemporalPassTest {
    /** Tiles that are stretches of one clip join to that clip. */
    @ParameterizedTest
    @CsvSource({"1", "5", "13", "17", "21", "25", "29", "37", "129"})
    void stretchesJoinToTheClip(int frames) {
        try (var _ = TensorScope.open()) {
            Tensor clip = Tensor.randn(1, 1, 2, frames, 2, 3);
            Tensor joined = Tensor.zeros(clip.type(), clip.shape().dims());
            var next = new long[1];

            new TemporalPass(frames, 16, 12, 12).run((first, count) -> clip.narrow(2, first, count).copy(), some -> {
                joined.narrow(2, next[0], some.dim(2)).copyFrom(some);
                next[0] += some.dim(2);
            });

            assertThat(next[0]).isEqualTo(frames);
            assertThat(RelativeError.of(joined.toFloats(), clip.toFloats())).isLessThan(1e-7);
        }
    }

    /** Tiles of 0, 10, 20 …: over 4 frames a tile's values go from those before to its own, in equal steps. */
    @Test
    void blendsLinearly() {
        try (var _ = TensorScope.open()) {
            var joined = new ArrayList<Float>();

            TemporalPass.decoding(7).run((first, count) -> {
                var values = new float[(int) (1 + 4 * (count - 1))];
                Arrays.fill(values, 10f / 3 * first);
                return Tensor.ofFloats(values, 1, 1, values.length, 1, 1);
            }, some -> IntStream.range(0, (int) some.dim(2)).forEach(i -> joined.add(some.toFloats()[i])));

            assertThat(joined).hasSize(25);
            assertThat(joined.subList(0, 13)).containsOnly(0f);
            assertThat(joined.subList(13, 17)).containsExactly(0f, 2.5f, 5f, 7.5f);
            assertThat(joined.subList(17, 25)).containsOnly(10f);
        }
    }
}
