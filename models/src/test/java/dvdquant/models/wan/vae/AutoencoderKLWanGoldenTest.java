package dvdquant.models.wan.vae;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.video.Video;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

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
            assertThat(shareThatDiffers(video.frames(), expected, 0)).as("values that differ").isLessThan(0.001);
            assertThat(shareThatDiffers(video.frames(), expected, 1)).as("values more than one level apart").isZero();
        }
    }

    /** Wan2.1's of other models, and Wan2.2's: from the latents that the reference sampled to its frames, and back to the mode of those. */
    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v", "wan22-t2v-a14b", "wan22-i2v-a14b", "wan22-ti2v-5b",
            "wan22-ti2v-5b-image"})
    void decodesAndEncodesAsTheReference(String name, @TempDir Path folder) {
        Path model = RuledModel.write(name.replace("-image", ""), folder);
        try (var vae = TinyVae.open(model); var golden = Golden.ofWan(name); var _ = TensorScope.open()) {
            Tensor latents = golden.tensor("latents").copy();

            Video video = vae.decodeVideo(latents, new Tiling.Off(), TinyVae.QUIET);

            var frames = List.of(0, 4, 8).stream().map(frame -> video.frames().get(frame)).toList();
            byte[] expected = golden.bytes("video.frames_0_4_8");
            assertThat(shareThatDiffers(frames, expected, 0)).as("values that differ").isLessThan(0.001);
            assertThat(shareThatDiffers(frames, expected, 1)).as("values more than one level apart").isZero();

            Tensor mode = vae.encode(TinyVae.decode(vae, latents, new Tiling.Off()), new Tiling.Off(), TinyVae.QUIET);
            assertThat(mode.shape()).isEqualTo(golden.shape("vae.encode.mode"));
            assertThat(golden.error(mode, "vae.encode.mode")).isLessThan(1e-5);
        }
    }

    /** The share of values that differ by more than {@code levels}. */
    private static double shareThatDiffers(List<byte[]> frames, byte[] expected, int levels) {
        long count = 0;
        int i = 0;
        for (byte[] frame : frames) {
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

            Tensor mode = vae.encode(clip, new Tiling.Off(), TinyVae.QUIET);

            Tensor expected = TinyVae.copy(golden.tensor("vae.encode.mode"));
            assertThat(mode.shape()).isEqualTo(expected.shape());
            assertThat(RelativeError.of(mode.toFloats(), expected.toFloats())).isLessThan(5e-6);
        }
    }
}
