package dvdquant.app.generate;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.machine.FreedMemory;
import dvdquant.core.machine.Machine;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.core.testing.Seeds;
import dvdquant.models.hunyuan.vae.HunyuanVideoVae;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What HunyuanVideo's autoencoder plans to take for the decoding of a clip is enough: of the real channels, with fewer layers. How much less it
 * takes varies from run to run, by what Java and malloc had before.
 */
@Tag("full")
class HunyuanVaePeakTest {
    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeModel() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"layers_per_block\": 1}");
        var specs = HunyuanVideoVae.read(folder).layout().shapes().entrySet().stream()
                .map(tensor -> new TensorSpec(tensor.getKey(), ElementType.F32, tensor.getValue())).toList();
        float[] values = Seeds.gaussian(1, 1 << 16);
        try (var writer = SafetensorsWriter.create(folder.resolve("diffusion_pytorch_model.safetensors"), specs,
                Map.of())) {
            for (TensorSpec spec : specs) {
                try (var arena = Arena.ofConfined()) {
                    MemorySegment weights = arena.allocate(spec.sizeBytes(), 4);
                    for (long i = 0; i < spec.shape().elements(); i++) {
                        weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.01f * values[(int) (i % values.length)]);
                    }
                    writer.write(spec.name(), weights);
                }
            }
            writer.commit();
        }
    }

    /** @param tile pixels of a tile, of which the next begins after 3 / 4; 0: none */
    @ParameterizedTest
    @CsvSource({"5, 128, 160, 0", "5, 160, 192, 128"})
    void takesNoMoreThanIsPlanned(long latentFrames, int height, int width, int tile) {
        Tiling tiling = tile == 0 ? new Tiling.Off() : new Tiling.Tiles(tile, tile / 4 * 3);
        var model = HunyuanVideoVae.read(folder);
        try (var device = CpuDevice.open();
                var vae = model.open(folder, Checkpoint::open, device.kernels());
                var _ = TensorScope.open()) {
            // what layers need besides, and Java's own memory for it, is there before
            vae.decodeVideo(Tensor.randn(1, 1, 16, 2, 4, 4), new Tiling.Off(), (_, _) -> {});
            Tensor latents = Tensor.randn(2, 1, 16, latentFrames, height / 8, width / 8);
            System.gc();
            FreedMemory.giveBack();
            long before = Machine.anonymousBytes(); // pages of the file come and go as the system likes
            try (var memory = new StageMemory()) {
                memory.begin("decode");
                vae.decodeVideo(latents, tiling, (_, _) -> {});
                long planned = model.decodeBytes(Shape.of(latents.shape().dims()), tiling, device.kernels());
                assertThat(memory.peakBytes("decode") - before).isPositive().isLessThanOrEqualTo(planned);
            }
        }
    }
}
