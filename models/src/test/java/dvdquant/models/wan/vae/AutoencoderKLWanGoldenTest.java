package dvdquant.models.wan.vae;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.video.Video;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;

/** Against diffusers' outputs on the demo model, in float32. */
class AutoencoderKLWanGoldenTest {
    @Test
    void decodesToTheReferencesBytes() {
        try (var vae = TinyVae.open(); var golden = TinyVae.golden(); var _ = TensorScope.open()) {
            Video video = vae.decodeVideo(TinyVae.copy(golden.tensor("sample.step11")), new Tiling.Off(),
                    TinyVae.QUIET);

            assertThat(video.width()).isEqualTo(128);
            assertThat(video.height()).isEqualTo(128);
            assertThat(video.frames()).hasSize(17);
            byte[] expected = golden.tensor("video").data().toArray(ValueLayout.JAVA_BYTE);
            assertThat(shareThatDiffers(video, expected, 0)).as("values that differ").isLessThan(0.001);
            assertThat(shareThatDiffers(video, expected, 1)).as("values more than one level apart").isZero();
        }
    }

    /** The share of values that differ by more than {@code levels}. */
    private static double shareThatDiffers(Video video, byte[] expected, int levels) {
        long count = 0;
        int i = 0;
        for (byte[] frame : video.frames()) {
            for (byte value : frame) {
                if (Math.abs((value & 0xff) - (expected[i++] & 0xff)) > levels) count++;
            }
        }
        assertThat(i).isEqualTo(expected.length);
        return (double) count / i;
    }

    @Test
    void encodesToTheReferencesMode() {
        try (var vae = TinyVae.open(); var golden = TinyVae.golden(); var _ = TensorScope.open()) {
            Tensor clip = TinyVae.decode(vae, TinyVae.copy(golden.tensor("sample.step11")), new Tiling.Off());

            Tensor mode = vae.encode(clip, new Tiling.Off());

            Tensor expected = TinyVae.copy(golden.tensor("vae.encode.mode"));
            assertThat(mode.shape()).isEqualTo(expected.shape());
            assertThat(RelativeError.of(mode.toFloats(), expected.toFloats())).isLessThan(5e-6);
        }
    }
}
