package dvdquant.models.diffusion;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.quantize.Method;
import dvdquant.models.wan.WanConfig;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class WeightBytesTest {
    private static final WanConfig CONFIG = new WanConfig(40, 128, 40, 13824, 16, 16, 4096, 256, List.of(1, 2, 2), 1024,
            1e-6, true);
    private static final long FEED_FORWARD = 5120L * 13824;

    @Test
    void inFullPrecisionLayersAreNearlyAll() {
        var bytes = WeightBytes.of(CONFIG.layout(), ElementType.BF16, Optional.empty());
        assertThat(bytes.layers() + bytes.others()).isEqualTo(2 * CONFIG.layout().elements());
        assertThat(bytes.resident()).isEqualTo(bytes.layers() + bytes.others());
        assertThat(bytes.largest()).isEqualTo(2 * 6 * 5120L * 5120); // time_proj
        assertThat(bytes.others()).isLessThan(bytes.layers() / 1000);
    }

    @Test
    void packedLayersRestInFourBits() {
        Set<String> layers = IntStream.range(0, CONFIG.layers()).boxed()
                .flatMap(i -> Stream
                        .of("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0", "attn2.to_q", "attn2.to_k",
                                "attn2.to_v", "attn2.to_out.0", "ffn.net.0.proj", "ffn.net.2")
                        .map(name -> "blocks." + i + "." + name))
                .collect(Collectors.toSet());
        QuantizedFormat format = Method.DVD_QUANT.recipe(4).format(layers);
        var bytes = WeightBytes.of(CONFIG.layout(), ElementType.BF16, Optional.of(format));
        assertThat(bytes.expanded()).isEqualTo(FEED_FORWARD);
        assertThat((double) bytes.layers()).isBetween(0.26 * 2 * CONFIG.layout().elements(),
                0.28 * 2 * CONFIG.layout().elements());
        assertThat(bytes.offloaded()).isLessThan(bytes.resident() / 10);
    }
}
