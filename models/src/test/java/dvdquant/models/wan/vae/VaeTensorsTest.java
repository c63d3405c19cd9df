package dvdquant.models.wan.vae;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.Checkpoint;
import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VaeTensorsTest {
    private static VaeConfig wan21() {
        return new VaeConfig(96, 96, 16, List.of(1, 2, 4, 4), 2, List.of(false, true, true),
                Collections.nCopies(16, 0.0), Collections.nCopies(16, 1.0), false, 1);
    }

    @Test
    void listsJustTheTensorsOfTheDemoCheckpoint() {
        VaeConfig config = VaeConfig.read(TinyVae.FOLDER.resolve("config.json"));
        try (Checkpoint checkpoint = Checkpoint.open(TinyVae.FOLDER)) {
            VaeTensors.layout(config).check(checkpoint, "demo");
            assertThat(VaeTensors.layout(config).elements()).isEqualTo(checkpoint.elements());
        }
    }

    @Test
    void anotherConfigurationDoesNotFit() {
        try (Checkpoint checkpoint = Checkpoint.open(TinyVae.FOLDER)) {
            assertThatThrownBy(() -> VaeTensors.layout(wan21()).check(checkpoint, "demo"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("missing decoder.up_blocks.0.resnets.2.conv1.bias")
                    .hasMessageContaining("of another shape");
        }
    }

    @Test
    void wan21HasAsManyParametersAsPublished() {
        var layout = VaeTensors.layout(wan21());
        assertThat(layout.elements()).isEqualTo(126_892_531L);
        assertThat(layout.shapes()).hasSize(194);
    }

    @Test
    void wan22HasAsManyParametersAsPublished() {
        assertThat(VaeTensors.layout(VaeConfig.WAN22).elements()).isEqualTo(704_688_668L);
    }
}
