package dvdquant.models.wan.vae;

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
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AutoencoderKLWanTest {
    private static final Tiling OFF = new Tiling.Off();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givesOneFrameThenFourByFour(boolean tiled) {
        Tiling tiling = tiled ? new Tiling.Tiles(32, 24) : OFF;
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            var shapes = new ArrayList<Shape>();
            var progress = new ArrayList<String>();

            vae.decode(Tensor.randn(1, 1, 16, 3, 4, 6), tiling, (done, total) -> progress.add(done + "/" + total),
                    chunk -> shapes.add(chunk.shape()));

            assertThat(shapes).containsExactly(Shape.of(1, 3, 1, 32, 48), Shape.of(1, 3, 4, 32, 48),
                    Shape.of(1, 3, 4, 32, 48));
            assertThat(progress).startsWith(tiled ? "0/12" : "0/3").endsWith(tiled ? "12/12" : "3/3");
        }
    }

    @Test
    void oneLatentIsOneFrame() {
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor latent = Tensor.randn(2, 1, 16, 1, 3, 5);
            Video video = vae.decodeVideo(latent, OFF, TinyVae.QUIET);
            assertThat(video.frames()).hasSize(1);
            assertThat(video.height()).isEqualTo(24);
            assertThat(video.width()).isEqualTo(40);

            Tensor mode = vae.encode(TinyVae.decode(vae, latent, OFF), OFF, TinyVae.QUIET);
            assertThat(mode.shape()).isEqualTo(Shape.of(1, 16, 1, 3, 5));
        }
    }

    @Test
    void theFirstFramesDoNotDependOnLaterOnes() {
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(3, 1, 16, 3, 4, 4);
            Tensor whole = TinyVae.decode(vae, latents, OFF);
            Tensor start = TinyVae.decode(vae, latents.narrow(2, 0, 2), OFF);
            assertThat(start.toFloats()).isEqualTo(whole.narrow(2, 0, 5).toFloats());
            assertThat(vae.encode(start, OFF, TinyVae.QUIET).toFloats())
                    .isEqualTo(vae.encode(whole, OFF, TinyVae.QUIET).narrow(2, 0, 2).toFloats());
        }
    }

    @Test
    void aFrameThatFitsInATileIsNotCut() {
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(4, 1, 16, 2, 4, 8);
            Tensor clip = TinyVae.decode(vae, latents, OFF);
            Tiling tiles = new Tiling.Tiles(64, 48);
            assertThat(TinyVae.decode(vae, latents, tiles).toFloats()).isEqualTo(clip.toFloats());
            assertThat(vae.encode(clip, tiles, TinyVae.QUIET).toFloats())
                    .isEqualTo(vae.encode(clip, OFF, TinyVae.QUIET).toFloats());
        }
    }

    /** Not closer: the attention in the middle sees the whole frame, or a tile. */
    @Test
    void tilesAreCloseToTheWholeFrame() {
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(5, 1, 16, 1, 40, 64);
            Tensor whole = TinyVae.decode(vae, latents, OFF); // 320 × 512 pixels
            Tensor tiled = TinyVae.decode(vae, latents, Tiling.DEFAULT_TILES);
            assertThat(error(corner(tiled), corner(whole))).as("where no tiles blend").isLessThan(0.05); // 0.032 seen
            assertThat(error(tiled, whole)).isLessThan(0.07); // 0.044 seen

            Tensor modeOfTiles = vae.encode(whole, Tiling.DEFAULT_TILES, TinyVae.QUIET);
            assertThat(error(modeOfTiles, vae.encode(whole, OFF, TinyVae.QUIET))).isLessThan(0.02); // 0.013 seen
        }
    }

    /** Of the first tile, what is far from the others. */
    private static Tensor corner(Tensor clip) {
        return clip.narrow(3, 0, 160).narrow(4, 0, 160);
    }

    private static double error(Tensor actual, Tensor expected) {
        return RelativeError.of(actual.toFloats(), expected.toFloats());
    }

    @ParameterizedTest
    @CsvSource({"3, 4, 32, 32", "3, 5, 30, 32", "3, 5, 32, 36", "4, 5, 32, 32", "3, 0, 32, 32"})
    void refusesAVideoOfAnotherSize(long channels, long frames, long height, long width) {
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor video = Tensor.zeros(ElementType.F32, 1, channels, frames, height, width);
            assertThatThrownBy(() -> vae.encode(video, OFF, TinyVae.QUIET)).isInstanceOf(InputException.class)
                    .hasMessageContaining("video is " + video).hasMessageContaining("expected F32 [1, 3, frames");
        }
    }

    @Test
    void refusesLatentsOfAnotherModel() {
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.zeros(ElementType.F32, 1, 48, 1, 4, 4);
            assertThatThrownBy(() -> vae.decodeVideo(latents, OFF, TinyVae.QUIET))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected F32 [1, 16");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavesNoNativeMemory(boolean cancelled) {
        TinyVae.open().close(); // whatever is made once is made now
        long before = Pointer.totalCount();
        try (var vae = TinyVae.open(); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(6, 1, 16, 2, 4, 6);
            vae.decodeVideo(latents, OFF, TinyVae.QUIET); // loads the decoder
            Autoencoder.Progress progress = (_, _) -> {
                if (cancelled) throw new CancellationException();
            };
            for (Tiling tiling : new Tiling[]{OFF, new Tiling.Tiles(32, 24)}) {
                long inside = Pointer.totalCount();
                try {
                    vae.decodeVideo(latents, tiling, progress);
                } catch (CancellationException _) {
                    assertThat(cancelled).isTrue();
                }
                assertThat(Pointer.totalCount()).isEqualTo(inside);
            }
            vae.encode(Tensor.zeros(ElementType.F32, 1, 3, 5, 32, 48), new Tiling.Tiles(32, 24), TinyVae.QUIET);
        }
        assertThat(Pointer.totalCount()).isEqualTo(before);
    }

    @Test
    void tilesNeedLessMemory() {
        VaeConfig config = VaeConfig.read(TinyVae.FOLDER.resolve("config.json"));
        long whole = new WanVae(config).decodeBytes(Shape.of(1, config.zDim(), 5, 90, 160), OFF,
                TinyVae.DEVICE.kernels());
        long tiled = new WanVae(config).decodeBytes(Shape.of(1, config.zDim(), 5, 90, 160), Tiling.DEFAULT_TILES,
                TinyVae.DEVICE.kernels());
        assertThat(tiled).isBetween(whole / 20, whole / 4);
        assertThat(new WanVae(config).decodeBytes(Shape.of(1, config.zDim(), 5, 30, 32), Tiling.DEFAULT_TILES,
                TinyVae.DEVICE.kernels()))
                .isEqualTo(new WanVae(config).decodeBytes(Shape.of(1, config.zDim(), 5, 30, 32), OFF,
                        TinyVae.DEVICE.kernels()));
    }
}
