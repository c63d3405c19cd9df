package dvdquant.models.hunyuan.vae;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.video.Video;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Against diffusers' outputs on the demo model, in float32. */
class AutoencoderKLHunyuanVideoGoldenTest {
    private static final Tiling OFF = new Tiling.Off();

    /** 5 latents, so two tiles in time. */
    @Test
    void decodesToTheReferencesBytes() {
        try (var vae = TinyHunyuanVae.open(); var golden = TinyHunyuanVae.golden(); var _ = TensorScope.open()) {
            Video video = vae.decodeVideo(TinyHunyuanVae.copy(golden.tensor("sample.step11")), OFF,
                    TinyHunyuanVae.QUIET);

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
        try (var vae = TinyHunyuanVae.open(); var golden = TinyHunyuanVae.golden(); var _ = TensorScope.open()) {
            Tensor clip = TinyHunyuanVae.decode(vae, TinyHunyuanVae.copy(golden.tensor("sample.step11")), OFF);

            Tensor mode = vae.encode(clip, OFF, TinyHunyuanVae.QUIET);

            Tensor expected = TinyHunyuanVae.copy(golden.tensor("vae.encode.mode"));
            assertThat(mode.shape()).isEqualTo(expected.shape());
            assertThat(RelativeError.of(mode.toFloats(), expected.toFloats())).isLessThan(1e-4);
        }
    }

    /** 33 frames of 288 × 320 pixels: three tiles in time, of 2 × 2 tiles each. */
    @Test
    void decodesTilesToTheReferencesValues() {
        try (var vae = TinyHunyuanVae.open(); var golden = TinyHunyuanVae.golden(); var _ = TensorScope.open()) {
            Tensor latents = TinyHunyuanVae.copy(golden.tensor("vae.tiled.latents"));
            Tensor scaled = latents.multiply(vae.config().scalingFactor());

            Tensor clip = TinyHunyuanVae.decode(vae, scaled, Tiling.DEFAULT_TILES);

            Tensor some = Tensor.cat(List.of(0, 8, 15, 32).stream().map(frame -> clip.narrow(2, frame, 1)).toList(), 2)
                    .narrow(3, 120, 160).narrow(4, 160, 128);
            Tensor expected = TinyHunyuanVae
                    .copy(golden.tensor("vae.tiled.video.frames_0_8_15_32.rows_120_280.columns_160_288"));
            assertThat(RelativeError.of(some.toFloats(), expected.toFloats())).isLessThan(1e-4);
        }
    }
}
