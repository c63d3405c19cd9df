package dvdquant.app.gpu;

import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.video.Video;
import dvdquant.cuda.CudaDevice;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.models.hunyuan.vae.HunyuanVideoVae;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.GrayLevels;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;

/** The demo model's autoencoder on a GPU, against the reference outputs and against the CPU. */
@Gpu
class HunyuanVaeGpuTest {
    private static final List<Tiling> TILINGS = List.of(new Tiling.Off(), new Tiling.Tiles(96, 64));

    @Test
    void decodesAndEncodesAsOnACpu() {
        Outputs gpu = outputs(() -> CudaDevice.open(0, Gpu.Settings.of(AttentionMode.EXACT)));
        Outputs cpu = outputs(CpuDevice::open);
        try (var golden = Golden.ofHunyuanVideo()) {
            assertThat(GrayLevels.withinOne(List.of(gpu.clips.getFirst()), golden.bytes("video"))).isGreaterThan(0.99);
        }
        for (int i = 0; i < TILINGS.size(); i++) {
            assertThat(GrayLevels.withinOne(List.of(gpu.clips.get(i)), cpu.clips.get(i))).isGreaterThan(0.99);
            assertThat(RelativeError.of(gpu.modes.get(i), cpu.modes.get(i))).isLessThan(0.01); // TF32
        }
    }

    /** @param clips decoded with each tiling; @param modes of noise, encoded with each */
    private record Outputs(List<byte[]> clips, List<float[]> modes) {}

    private static Outputs outputs(Supplier<ComputeDevice> open) {
        var folder = Golden.HUNYUAN_VIDEO.resolve("vae");
        try (var golden = Golden.ofHunyuanVideo();
                var device = open.get();
                var vae = HunyuanVideoVae.read(folder).open(folder, Checkpoint::open, device.kernels());
                var _ = TensorScope.open()) {
            Tensor latents = golden.tensor("sample.step11");
            Tensor noise = Tensor.randn(1, 1, 3, 17, 128, 128).clamp(-1, 1);
            return new Outputs(
                    TILINGS.stream().map(tiling -> bytes(vae.decodeVideo(latents, tiling, (_, _) -> {}))).toList(),
                    TILINGS.stream().map(tiling -> vae.encode(noise, tiling, (_, _) -> {}).toFloats()).toList());
        }
    }

    private static byte[] bytes(Video video) {
        var all = new ByteArrayOutputStream();
        video.frames().forEach(all::writeBytes);
        return all.toByteArray();
    }
}
