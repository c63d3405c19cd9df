package dvdquant.models.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.ClipSize;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LatentGeometryTest {
    private static final LatentGeometry GEOMETRY = new LatentGeometry(16, 4, 8).withPatches(2, 2);

    @Test
    void clipsAndLatentsAreTheSameThingTwice() {
        var clip = new ClipSize(17, 128, 96);
        assertThat(GEOMETRY.latents(clip)).isEqualTo(Shape.of(1, 16, 5, 16, 12));
        assertThat(GEOMETRY.clip(GEOMETRY.latents(clip))).isEqualTo(clip);
        assertThat(GEOMETRY.clip(Shape.of(1, 16, 1, 2, 2))).isEqualTo(new ClipSize(1, 16, 16));
    }

    @Test
    void refusesSizesThatTheModelCannotMake() {
        assertThatThrownBy(() -> GEOMETRY.latents(new ClipSize(18, 128, 128))).isInstanceOf(InputException.class)
                .hasMessage("frames: 18, expected a multiple of 4 plus 1, such as 17 or 21");
        assertThatThrownBy(() -> GEOMETRY.latents(new ClipSize(17, 120, 128))).isInstanceOf(InputException.class)
                .hasMessage("height: 120, expected a multiple of 16, such as 112 or 128");
        assertThatThrownBy(() -> GEOMETRY.clip(Shape.of(1, 4, 5, 16, 16))).isInstanceOf(InputException.class)
                .hasMessageContaining("expected [1, 16, frames, height, width]");
    }

    @Test
    void anAutoencoderAloneKnowsNoPatches() {
        assertThat(new LatentGeometry(48, 4, 16).latents(new ClipSize(5, 48, 16))).isEqualTo(Shape.of(1, 48, 2, 3, 1));
    }
}
