package dvdquant.models.wan.vae;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.testing.RuledModel;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What holds of Wan 2.2's autoencoder whatever its weights are. */
class Wan22VaeTest {
    private static final Tiling OFF = new Tiling.Off();
    private static final Tiling TILES = new Tiling.Tiles(64, 48);

    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void makeModel() {
        model = RuledModel.write("wan22-ti2v-5b", folder);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothWaysGoAChunkAfterTheOther(boolean tiled) {
        Tiling tiling = tiled ? TILES : OFF;
        try (var vae = TinyVae.open(model); var _ = TensorScope.open()) {
            var shapes = new ArrayList<Shape>();
            var progress = new ArrayList<String>();
            Autoencoder.Progress listener = (done, total) -> progress.add(done + "/" + total);

            vae.decode(Tensor.randn(1, 1, 48, 2, 4, 6), tiling, listener, chunk -> shapes.add(chunk.shape()));

            assertThat(shapes).containsExactly(Shape.of(1, 3, 1, 64, 96), Shape.of(1, 3, 4, 64, 96));
            assertThat(progress).startsWith(tiled ? "0/8" : "0/2").endsWith(tiled ? "8/8" : "2/2");

            progress.clear();
            Tensor mode = vae.encode(Tensor.randn(2, 1, 3, 5, 64, 96), tiling, listener);

            assertThat(mode.shape()).isEqualTo(Shape.of(1, 48, 2, 4, 6));
            assertThat(progress).startsWith(tiled ? "0/8" : "0/2").endsWith(tiled ? "8/8" : "2/2")
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void theFirstFramesDoNotDependOnLaterOnes() {
        try (var vae = TinyVae.open(model); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(3, 1, 48, 3, 2, 4);
            Tensor whole = TinyVae.decode(vae, latents, OFF);
            Tensor start = TinyVae.decode(vae, latents.narrow(2, 0, 2), OFF);
            assertThat(start.toFloats()).isEqualTo(whole.narrow(2, 0, 5).toFloats());
            assertThat(vae.encode(start, OFF, TinyVae.QUIET).toFloats())
                    .isEqualTo(vae.encode(whole, OFF, TinyVae.QUIET).narrow(2, 0, 2).toFloats());
        }
    }

    @Test
    void aFrameThatFitsInATileIsNotCut() {
        try (var vae = TinyVae.open(model); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(4, 1, 48, 2, 4, 3);
            Tensor clip = TinyVae.decode(vae, latents, OFF);
            assertThat(TinyVae.decode(vae, latents, TILES).toFloats()).isEqualTo(clip.toFloats());
            assertThat(vae.encode(clip, TILES, TinyVae.QUIET).toFloats())
                    .isEqualTo(vae.encode(clip, OFF, TinyVae.QUIET).toFloats());
        }
    }

    /** As diffusers' do: of two tiles side by side the decoded ones blend patch by patch, the encoded ones latent by latent. */
    @Test
    void tilesBlendOverWhatTheyShare() {
        try (var vae = TinyVae.open(model); var _ = TensorScope.open()) {
            Tensor latents = Tensor.randn(5, 1, 48, 2, 2, 5); // 32 × 80 pixels
            Tensor clip = TinyVae.decode(vae, latents, TILES);
            Tensor mode = vae.encode(clip, TILES, TinyVae.QUIET);

            assertBlended(clip, TinyVae.decode(vae, latents.narrow(4, 0, 4), OFF),
                    TinyVae.decode(vae, latents.narrow(4, 3, 2), OFF), 2, 1);
            assertBlended(mode, vae.encode(clip.narrow(4, 0, 64), OFF, TinyVae.QUIET),
                    vae.encode(clip.narrow(4, 48, 32), OFF, TinyVae.QUIET), 1, Double.MAX_VALUE);
        }
    }

    /**
     * @param step columns that have the same share of left and right
     * @param most values of this size and more say nothing: they were clamped after they were blended
     */
    private static void assertBlended(Tensor blended, Tensor left, Tensor right, int step, double most) {
        long alone = blended.dim(4) - right.dim(4);
        long shared = left.dim(4) - alone;
        for (long column = 0; column < shared; column++) {
            double share = (double) (column / step * step) / shared;
            float[] values = blended.narrow(4, alone + column, 1).toFloats();
            float[] before = left.narrow(4, alone + column, 1).toFloats();
            float[] own = right.narrow(4, column, 1).toFloats();
            for (int i = 0; i < values.length; i++) {
                if (Math.max(Math.abs(before[i]), Math.abs(own[i])) >= most) continue;
                assertThat((double) values[i]).as("column %d, value %d", column, i)
                        .isCloseTo((1 - share) * before[i] + share * own[i], Offset.offset(1e-5));
            }
        }
        assertThat(blended.narrow(4, 0, alone).toFloats()).isEqualTo(left.narrow(4, 0, alone).toFloats());
        assertThat(blended.narrow(4, alone + shared, right.dim(4) - shared).toFloats())
                .isEqualTo(right.narrow(4, shared, right.dim(4) - shared).toFloats());
    }

    @Test
    void refusesWhatIsNotWholeLatentsOrTiles() {
        try (var vae = TinyVae.open(model); var _ = TensorScope.open()) {
            assertThatThrownBy(() -> vae.encode(Tensor.zeros(ElementType.F32, 1, 3, 5, 40, 32), OFF, TinyVae.QUIET))
                    .isInstanceOf(InputException.class).hasMessageContaining("height and width multiples of 16");
            assertThatThrownBy(() -> vae.encode(Tensor.zeros(ElementType.F32, 1, 3, 1, 64, 64),
                    new Tiling.Tiles(40, 24), TinyVae.QUIET)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected multiples of 8");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void aListenerThatThrowsEndsTheEncoding(int chunks) {
        TinyVae.open(model).close(); // whatever is made once is made now
        long before = Pointer.totalCount();
        try (var vae = TinyVae.open(model); var _ = TensorScope.open()) {
            Tensor clip = Tensor.randn(6, 1, 3, 5, 64, 96);
            vae.encode(Tensor.zeros(ElementType.F32, 1, 3, 1, 16, 16), OFF, TinyVae.QUIET);
            long inside = Pointer.totalCount();
            assertThatThrownBy(() -> vae.encode(clip, TILES, (done, _) -> {
                if (done == chunks) throw new CancellationException();
            })).isInstanceOf(CancellationException.class);
            assertThat(Pointer.totalCount()).isEqualTo(inside);
        }
        assertThat(Pointer.totalCount()).isEqualTo(before);
    }

    @Test
    void patchesAreTurnedBack() {
        try (var _ = TensorScope.open()) {
            Tensor pixels = Tensor.randn(7, 1, 3, 2, 4, 6);
            Tensor patches = Patchify.patchify(pixels, 2);
            assertThat(patches.shape()).isEqualTo(Shape.of(1, 12, 2, 2, 3));
            assertThat(Patchify.unpatchify(patches, 2).toFloats()).isEqualTo(pixels.toFloats());
            // green, of the pixel at the right of the square's upper row
            assertThat(patches.narrow(1, 4 + 2, 1).narrow(3, 1, 1).narrow(4, 2, 1).toFloats())
                    .isEqualTo(pixels.narrow(1, 1, 1).narrow(3, 2, 1).narrow(4, 5, 1).toFloats());
        }
    }

    /** A frame of the published model that is decoded as a whole by Wan 2.1's is by Wan 2.2's; of a larger one tiles are. */
    @Test
    void aLargeClipIsPlannedInTiles() {
        var wan22 = new WanVae(VaeConfig.WAN22);
        var kernels = TinyVae.DEVICE.kernels();
        var clip = new ClipSize(121, 704, 1280);
        Shape latents = wan22.geometry().latents(clip);
        assertThat(latents).isEqualTo(Shape.of(1, 48, 31, 44, 80));
        assertThat(wan22.tiling(480, 832)).isEqualTo(OFF);
        Tiling tiling = wan22.tiling(704, 1280);
        assertThat(tiling).isEqualTo(Tiling.DEFAULT_TILES);

        long gib = 1L << 30;
        assertThat(wan22.decodeBytes(latents, tiling, kernels)).isBetween(gib, 2 * gib);
        assertThat(wan22.decodeBytes(latents, OFF, kernels)).isBetween(8 * gib, 12 * gib);
        assertThat(wan22.encodeBytes(clip, tiling, kernels)).isBetween(gib, 2 * gib);
        assertThat(wan22.encodeBytes(clip, OFF, kernels)).isBetween(3 * gib, 6 * gib);
        assertThat(wan22.encoderBytes(kernels)).isLessThan(wan22.decoderBytes(kernels));
    }
}
