package dvdquant.models.wan;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;

class WanConfigTest {
    @Test
    void theCountedWeightsAreThoseOfThePublishedModels() {
        assertThat(config(12, 30, 8960).layout().elements()).isEqualTo(1_418_996_800L);
        assertThat(config(40, 40, 13824).layout().elements()).isEqualTo(14_288_491_584L);
        WanConfig imageToVideo = config(40, 40, 13824, 36, 16);
        assertThat(imageToVideo.layout().elements()).isEqualTo(14_288_901_184L);
        assertThat(imageToVideo.with(new ImageEmbedderConfig(1280)).layout().elements()).isEqualTo(16_394_878_784L);
        assertThat(imageToVideo.with(new ImageEmbedderConfig(1280, OptionalInt.of(514))).layout().elements())
                .isEqualTo(16_395_536_704L);
        assertThat(config(24, 30, 14336, 48, 48).layout().elements()).isEqualTo(4_999_787_712L);
    }

    private static WanConfig config(int heads, int layers, int feedForward) {
        return config(heads, layers, feedForward, 16, 16);
    }

    private static WanConfig config(int heads, int layers, int feedForward, int inChannels, int outChannels) {
        return new WanConfig(heads, 128, layers, feedForward, inChannels, outChannels, 4096, 256, List.of(1, 2, 2),
                1024,
                1e-6, true);
    }
}
