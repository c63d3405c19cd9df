package dvdquant.models.hunyuan.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.video.Video;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AutoencoderKLHunyuanVideoTest {
    private static final Tiling OFF = new Tiling.Off();
    private static final Tiling SMALL = new Tiling.Tiles(32, 24);

    /** @param tiles in time: their frames */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 5", "4, 13", "5, 13 4", "6, 13 8", "7, 13 12", "8, 13 12 4", "10, 13 12 12"})
    void givesTheFramesOfTilesInTime(long latentFrames, String tiles) {
        List<Long> expected = List.of(tiles.split(" ")).stream().map(Long::valueOf).toList();
        long frames = 1 + 4 * (latentFrames - 1);
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            Tensor clip = Tensor.zeros(ElementType.F32, 1, 3, frames, 16, 24);
            var seen = new ArrayList<Long>();

            vae.decode(Tensor.randn(1, 1, 16, latentFrames, 2, 3), OFF, TinyHunyuanVae.QUIET, some -> {
                assertThat(some.shape()).isEqualTo(Shape.of(1, 3, some.dim(2), 16, 24));
                clip.narrow(2, seen.stream().mapToLong(n -> n).sum(), some.dim(2)).copyFrom(some);
                seen.add(some.dim(2));
            });

            assertThat(seen).isEqualTo(expected);
            Tensor mode = vae.encode(clip, OFF, TinyHunyuanVae.QUIET);
            assertThat(mode.shape()).isEqualTo(Shape.of(1, 16, latentFrames, 2, 3));
            assertThat(mode.isFinite()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tellsHowFarItIs(boolean tiled) {
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            var progress = new ArrayList<String>();

            Video video = vae.decodeVideo(Tensor.randn(1, 1, 16, 5, 4, 6), tiled ? SMALL : OFF,
                    (done, total) -> progress.add(done + "/" + total));

            assertThat(video.frames()).hasSize(17);
            assertThat(List.of(video.height(), video.width())).containsExactly(32, 48);
            int total = 2 * (tiled ? 4 : 1) * 17; // tiles in time, tiles of a frame, layers
            assertThat(progress).hasSize(total + 1).startsWith("0/" + total).endsWith(total + "/" + total);
        }
    }

    @Test
    void aFrameThatFitsInATileIsNotCut() {
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(4, 1, 16, 2, 4, 8);
            Tensor clip = TinyHunyuanVae.decode(vae, latents, OFF);
            Tiling tiles = new Tiling.Tiles(64, 48);
            assertThat(TinyHunyuanVae.decode(vae, latents, tiles).toFloats()).isEqualTo(clip.toFloats());
            assertThat(vae.encode(clip, tiles, TinyHunyuanVae.QUIET).toFloats())
                    .isEqualTo(vae.encode(clip, OFF, TinyHunyuanVae.QUIET).toFloats());
        }
    }

    /** Not closer: norms and the attention in the middle see the whole frame, or a tile. */
    @Test
    void tilesAreCloseToTheWholeFrame() {
        try (var vae = TinyHunyuanVae.open(); var golden = TinyHunyuanVae.golden(); var _ = TensorScope.open()) {
            Tensor latents = TinyHunyuanVae.copy(golden.tensor("sample.step11")).narrow(2, 0, 2);
            Tensor whole = TinyHunyuanVae.decode(vae, latents, OFF); // 128 × 128 pixels
            Tensor tiled = TinyHunyuanVae.decode(vae, latents, new Tiling.Tiles(96, 64));
            assertThat(error(tiled, whole)).isBetween(1e-4, 0.1);
            assertThat(error(vae.encode(whole, new Tiling.Tiles(96, 64), TinyHunyuanVae.QUIET),
                    vae.encode(whole, OFF, TinyHunyuanVae.QUIET))).isBetween(1e-4, 0.1);
        }
    }

    private static double error(Tensor actual, Tensor expected) {
        return RelativeError.of(actual.toFloats(), expected.toFloats());
    }

    @Test
    void framesBeforeTheOverlapDependOnTheFirstTileAlone() {
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(3, 1, 16, 7, 2, 2);
            Tensor whole = TinyHunyuanVae.decode(vae, latents, OFF);
            Tensor start = TinyHunyuanVae.decode(vae, latents.narrow(2, 0, 5), OFF);
            assertThat(start.narrow(2, 0, 13).toFloats()).isEqualTo(whole.narrow(2, 0, 13).toFloats());
            assertThat(vae.encode(whole.narrow(2, 0, 17), OFF, TinyHunyuanVae.QUIET).narrow(2, 0, 4).toFloats())
                    .isEqualTo(vae.encode(whole, OFF, TinyHunyuanVae.QUIET).narrow(2, 0, 4).toFloats());
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 4, 32, 32", "3, 5, 30, 32", "3, 5, 32, 36", "4, 5, 32, 32", "3, 0, 32, 32"})
    void refusesAVideoOfAnotherSize(long channels, long frames, long height, long width) {
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            Tensor video = Tensor.zeros(ElementType.F32, 1, channels, frames, height, width);
            assertThatThrownBy(() -> vae.encode(video, OFF, TinyHunyuanVae.QUIET)).isInstanceOf(InputException.class)
                    .hasMessageContaining("video is " + video).hasMessageContaining("expected F32 [1, 3, frames");
        }
    }

    @Test
    void refusesLatentsOfAnotherModel() {
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.zeros(ElementType.F32, 1, 48, 1, 4, 4);
            assertThatThrownBy(() -> vae.decodeVideo(latents, OFF, TinyHunyuanVae.QUIET))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected F32 [1, 16");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavesNoNativeMemory(boolean cancelled) {
        TinyHunyuanVae.open().close(); // whatever is made once is made now
        long before = Pointer.totalCount();
        try (var vae = TinyHunyuanVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(6, 1, 16, 5, 4, 6);
            vae.decodeVideo(latents, OFF, TinyHunyuanVae.QUIET); // loads the decoder
            Autoencoder.Progress progress = (done, _) -> {
                if (cancelled && done > 20) throw new CancellationException();
            };
            for (Tiling tiling : new Tiling[]{OFF, SMALL}) {
                long inside = Pointer.totalCount();
                try {
                    vae.decodeVideo(latents, tiling, progress);
                    assertThat(cancelled).isFalse();
                } catch (CancellationException _) {
                    assertThat(cancelled).isTrue();
                }
                assertThat(Pointer.totalCount()).isEqualTo(inside);
            }
            vae.encode(Tensor.zeros(ElementType.F32, 1, 3, 5, 32, 48), SMALL, TinyHunyuanVae.QUIET);
        }
        assertThat(Pointer.totalCount()).isEqualTo(before);
    }

    @Test
    void tilesNeedLessMemory() {
        long whole = decodeBytes(33, 90, 160, OFF);
        long tiled = decodeBytes(33, 90, 160, Tiling.DEFAULT_TILES);
        assertThat(tiled).isBetween(whole / 20, whole / 8);
        assertThat(tiled).isLessThan(4L << 30);
        assertThat(decodeBytes(5, 30, 32, Tiling.DEFAULT_TILES)).isEqualTo(decodeBytes(5, 30, 32, OFF));
        assertThat(decodeBytes(33, 30, 32, OFF)).as("longer clips").isLessThan(decodeBytes(5, 30, 32, OFF) * 11 / 10);
    }

    private static long decodeBytes(long frames, long height, long width, Tiling tiling) {
        return new HunyuanVideoVae(VaeConfig.HUNYUAN_VIDEO).decodeBytes(Shape.of(1, 16, frames, height, width), tiling,
                TinyHunyuanVae.DEVICE.kernels());
    }
}
