package dvdquant.models.wan;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class WanConfigTest {
    @Test
    void theCountedWeightsAreThoseOfThePublishedModels() {
        assertThat(config(12, 30, 8960).layout().elements()).isEqualTo(1_418_996_800L);
        assertThat(config(40, 40, 13824).layout().elements()).isEqualTo(14_288_491_584L);
    }

    private static WanConfig config(int heads, int layers, int feedForward) {
        return new WanConfig(heads, 128, layers, feedForward, 16, 16, 4096, 256, List.of(1, 2, 2), 1024, 1e-6, true);
    }
}
